"""Finds the handler of a statement by its node type, and imports it when the first such statement occurs.

Statements contain statements: CREATE FUNCTION has a body, PREPARE and EXPLAIN hold a query, EXECUTE runs a text. A
handler reads them by `operations_of` from this module, which imports no handler by itself.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping

from rowkeep.domain.operation import Opaque, Operation, Unjudged, Unmodelled
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.reader import StatementReader

Handler = Callable[[StatementReader, Node], Iterable[Operation]]

FAMILIES: Mapping[str, str] = {
    "tables": "CreateStmt CreateForeignTableStmt AlterTableStmt",
    "table_from_query": "CreateTableAsStmt",
    "indexes": "IndexStmt ReindexStmt ClusterStmt VacuumStmt RefreshMatViewStmt",
    "drops": (
        "DropStmt DropdbStmt DropTableSpaceStmt DropRoleStmt DropSubscriptionStmt DropUserMappingStmt DropOwnedStmt "
        "ReassignOwnedStmt TruncateStmt RenameStmt AlterObjectSchemaStmt AlterOwnerStmt"
    ),
    "data": "SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt CopyStmt LockStmt CallStmt",
    "objects": (
        "ViewStmt CreateTrigStmt RuleStmt CreatePolicyStmt AlterPolicyStmt CreateEnumStmt AlterEnumStmt "
        "CompositeTypeStmt CreateRangeStmt CreateDomainStmt AlterDomainStmt CommentStmt SecLabelStmt "
        "AlterTableMoveAllStmt"
    ),
    "generic": (
        "CreateSchemaStmt DefineStmt CreateStatsStmt CreateSeqStmt AlterSeqStmt CreateExtensionStmt "
        "AlterExtensionStmt AlterExtensionContentsStmt CreatedbStmt AlterDatabaseStmt AlterDatabaseSetStmt "
        "AlterDatabaseRefreshCollStmt CreateTableSpaceStmt AlterTableSpaceOptionsStmt CreatePublicationStmt "
        "AlterPublicationStmt CreateSubscriptionStmt AlterSubscriptionStmt CreateEventTrigStmt AlterEventTrigStmt "
        "CreateFdwStmt AlterFdwStmt CreateForeignServerStmt AlterForeignServerStmt CreateUserMappingStmt "
        "AlterUserMappingStmt ImportForeignSchemaStmt CreatePLangStmt CreateAmStmt CreateConversionStmt "
        "CreateOpClassStmt CreateOpFamilyStmt AlterOpFamilyStmt AlterOperatorStmt AlterTypeStmt AlterCollationStmt "
        "AlterStatsStmt AlterTSConfigurationStmt AlterTSDictionaryStmt CreateCastStmt CreateTransformStmt "
        "AlterObjectDependsStmt"
    ),
    "privileges": ("GrantStmt AlterDefaultPrivilegesStmt GrantRoleStmt CreateRoleStmt AlterRoleStmt AlterRoleSetStmt"),
    "session": (
        "TransactionStmt VariableSetStmt AlterSystemStmt ExplainStmt DeclareCursorStmt VariableShowStmt NotifyStmt "
        "ListenStmt UnlistenStmt CheckPointStmt DiscardStmt ConstraintsSetStmt ClosePortalStmt FetchStmt "
        "DeallocateStmt"
    ),
    "bodies": "CreateFunctionStmt DoStmt AlterFunctionStmt PrepareStmt ExecuteStmt",
}
"""The modules of this package that handle statements, and the node types in the `HANDLERS` of each; a test compares
them. A module is imported when a statement of its types occurs."""

_FAMILY_OF = {kind: family for family, kinds in FAMILIES.items() for kind in kinds.split()}
_HANDLERS: dict[str, Handler] = {}


def _find_handler(kind: str) -> Handler | None:
    """The handler of a node type, None where no family handles it."""
    handler = _HANDLERS.get(kind)
    if handler is None and kind in _FAMILY_OF:
        _HANDLERS.update(importlib.import_module(f"{__package__}.{_FAMILY_OF[kind]}").HANDLERS)
        handler = _HANDLERS[kind]
    return handler


def operations_of(reader: StatementReader, kind: str, node: Node) -> tuple[Operation, ...]:
    """What the statement `node` of type `kind` does. Never empty, never raises: a statement that is not
    understood becomes an operation that says so."""
    handler = _find_handler(kind)
    if handler is None:
        return (Unmodelled(reader.whole, reader.inside, kind),)
    try:
        return tuple(handler(reader, node))
    except RecursionError:
        return (Unjudged(reader.whole, reader.inside, "the statement", "its parts are nested too deeply"),)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
        why = f"{type(error).__name__} while reading {kind}; please report this statement"
        return (Opaque(reader.whole, reader.inside, "a statement that Rowkeep reads wrongly", why),)
