"""CREATE TABLE and ALTER TABLE in all forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rowkeep.domain.frozen import replace
from rowkeep.domain.operation import (
    UNKNOWN,
    AddColumn,
    AddConstraint,
    AlterObject,
    AlterTable,
    AttachPartition,
    Bound,
    ChangeDefault,
    ChangeOwner,
    ChangeType,
    CreateTable,
    DetachPartition,
    DropColumn,
    DropConstraint,
    DropNotNull,
    Name,
    ObjectKind,
    Operation,
    SetNotNull,
    ValidateConstraint,
)
from rowkeep.domain.source import Span
from rowkeep.parse.expression import constant, expression
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.name_faults import find_repeated_columns
from rowkeep.parse.operations.columns import column, constraint
from rowkeep.parse.operations.registry import Handler
from rowkeep.parse.operations.statement_options import object_kind, option_texts, persistence
from rowkeep.parse.reader import StatementReader, as_name
from rowkeep.parse.text.token_ends import skip_blanks, split_items, token_end
from rowkeep.parse.tree import string_values


def create_table(reader: StatementReader, node: Node, *, foreign: bool = False) -> Iterator[Operation]:
    """CREATE TABLE and CREATE FOREIGN TABLE."""
    elements = node.get("tableElts", ())
    parents = reader.names(node.get("inhRelations"))
    bound = node.get("partbound")
    yield CreateTable(
        reader.whole,
        reader.inside,
        reader.name(node["relation"]),
        tuple(column(reader, item["ColumnDef"]) for item in elements if "ColumnDef" in item),
        tuple(constraint(reader, item["Constraint"]) for item in elements if "Constraint" in item),
        bool(node.get("if_not_exists")),
        persistence(node["relation"]),
        like=tuple(reader.name(item["TableLikeClause"]["relation"]) for item in elements if "TableLikeClause" in item),
        inherits=() if bound is not None else parents,
        partition_of=parents[0] if bound is not None and parents else None,
        is_default=bool(bound and bound.get("is_default")),
        is_partitioned="partspec" in node,
        is_foreign=foreign,
        bound=_bound(bound),
        drops_on_commit=node.get("oncommit") == "ONCOMMIT_DROP",
        partition_by=tuple(
            as_name(item["PartitionElem"]["name"]) if "name" in item["PartitionElem"] else None
            for item in node.get("partspec", {}).get("partParams", ())
        ),
    )
    yield from find_repeated_columns(
        reader, (item["ColumnDef"].get("colname", "") for item in elements if "ColumnDef" in item)
    )


def _bound(node: Node | None) -> Bound | None:
    """FOR VALUES …; None for DEFAULT."""
    if node is None or node.get("is_default"):
        return None
    lower, upper, values = (
        tuple(_edge(item) for item in node.get(field, ())) for field in ("lowerdatums", "upperdatums", "listdatums")
    )
    return Bound(lower, upper, values)


def _edge(node: Node) -> str | None:
    """One value of a bound."""
    known, value = constant(node)
    if known:
        return value
    word = "".join(string_values(node.get("ColumnRef", {}).get("fields"))).lower()
    return None if word in ("minvalue", "maxvalue") else UNKNOWN


def create_foreign_table(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE FOREIGN TABLE: a CreateStmt inside."""
    yield from create_table(reader, node["base"], foreign=True)


def alter_table(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """ALTER TABLE, also for views, indexes and sequences: one operation per command, placed at that command."""
    commands = [item["AlterTableCmd"] for item in node.get("cmds", ())]
    spans = _clauses(reader, node, len(commands))
    table = reader.name(node["relation"]) if "relation" in node else as_name("")
    kind = object_kind(node.get("objtype", "OBJECT_TABLE"))
    for command, span in zip(commands, spans, strict=True):
        operation = _command(reader, table, kind, command, span)
        if isinstance(operation, AddConstraint | AddColumn | DropColumn | ChangeType) and not node["relation"].get(
            "inh"
        ):
            operation = replace(operation, only=True)
        yield operation


def _clauses(reader: StatementReader, node: Node, count: int) -> list[Span]:
    """The span of each command: the items after the table's name."""
    if "relation" not in node:
        return [reader.whole] * count
    words, at = reader.words, reader.character(node["relation"].get("location", 0))
    at = skip_blanks(words, token_end(words, at, reader.end), reader.end)
    while words[at : at + 1] in (".", "*"):
        after = skip_blanks(words, at + 1, reader.end)
        at = skip_blanks(words, token_end(words, after, reader.end), reader.end) if words[at] == "." else after
    if count == 1:
        return [reader.text.span(at, reader.end)]
    found = split_items(words, at, reader.end)
    return [reader.text.span(start, end) for start, end in found] if len(found) == count else [reader.whole] * count


def _command(reader: StatementReader, table: Name, kind: ObjectKind, node: Node, span: Span) -> Operation:
    action = node["subtype"].removeprefix("AT_")
    if kind is ObjectKind.TYPE:
        return _attribute(reader, table, action, node, span)
    make = _COMMANDS.get(action)
    if make is not None:
        return make(reader, table, node, span)
    if action == "ChangeOwner":
        return ChangeOwner(span, reader.inside, kind, table, as_name(node["newowner"].get("rolename", "")))
    subject = as_name(node["name"]) if "name" in node else None
    definition = node.get("def", {})
    if "RangeVar" in definition:
        subject = reader.name(definition["RangeVar"])
    options = option_texts(definition.get("List", {}).get("items", ()))
    if "ATAlterConstraint" in definition:
        altered = definition["ATAlterConstraint"]
        subject = as_name(altered.get("conname", ""))
        enforced = (("enforced", str(bool(altered.get("is_enforced"))).lower()),)
        options = enforced if altered.get("alterEnforceability") else ()
    if "ReplicaIdentityStmt" in definition:
        identity = definition["ReplicaIdentityStmt"]
        subject = as_name(identity["name"]) if "name" in identity else None
        options = (("identity", _IDENTITIES.get(identity.get("identity_type", ""), "")),)
    if action in ("AddIdentity", "SetIdentity"):
        options = _identity(definition, options)
    return AlterTable(span, reader.inside, table, kind.value, action, subject, options)


_IDENTITIES = {"d": "DEFAULT", "n": "NOTHING", "f": "FULL", "i": "USING INDEX"}


def _identity(definition: Node, options: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The options of an identity; `generated` is ALWAYS or BY DEFAULT."""
    added = definition.get("Constraint", {})
    when = dict(options).get("generated", str(ord(added.get("generated_when") or " ")))
    others = tuple((name, value) for name, value in options if name != "generated") + option_texts(
        added.get("options", ())
    )
    words = {str(ord("a")): "ALWAYS", str(ord("d")): "BY DEFAULT"}
    return ((("generated", words[when]),) if when in words else ()) + others


def _attribute(reader: StatementReader, name: Name, action: str, node: Node, span: Span) -> Operation:
    """ALTER TYPE … ADD, DROP or ALTER ATTRIBUTE; the attribute's name as an option."""
    column = node.get("name") or node.get("def", {}).get("ColumnDef", {}).get("colname", "")
    words = {"AddColumn": "ADD ATTRIBUTE", "DropColumn": "DROP ATTRIBUTE", "AlterColumnType": "ALTER ATTRIBUTE"}
    options = (
        ("attribute", as_name(column).written),
        ("cascade", str(node.get("behavior") == "DROP_CASCADE").lower()),
    )
    return AlterObject(span, reader.inside, ObjectKind.TYPE, name, words.get(action, action), options)


Make = Callable[[StatementReader, Name, Node, Span], Operation]


def _add_column(reader: StatementReader, table: Name, node: Node, span: Span) -> Operation:
    return AddColumn(
        span, reader.inside, table, column(reader, node["def"]["ColumnDef"]), bool(node.get("missing_ok"))
    )


def _drop_column(reader: StatementReader, table: Name, node: Node, span: Span) -> Operation:
    gone, cascade = bool(node.get("missing_ok")), node.get("behavior") == "DROP_CASCADE"
    return DropColumn(span, reader.inside, table, as_name(node["name"]), gone, cascade)


def _change_type(reader: StatementReader, table: Name, node: Node, span: Span) -> Operation:
    definition = node["def"]["ColumnDef"]
    using = expression(reader, definition["raw_default"]) if "raw_default" in definition else None
    kind = reader.type(definition["typeName"])
    return ChangeType(span, reader.inside, table, as_name(node["name"]), kind, using, "collClause" in definition)


def _change_default(reader: StatementReader, table: Name, node: Node, span: Span) -> Operation:
    default = expression(reader, node["def"]) if "def" in node else None
    return ChangeDefault(span, reader.inside, table, as_name(node["name"]), default)


def _add_constraint(reader: StatementReader, table: Name, node: Node, span: Span) -> Operation:
    return AddConstraint(span, reader.inside, table, constraint(reader, node["def"]["Constraint"]))


def _drop_constraint(reader: StatementReader, table: Name, node: Node, span: Span) -> Operation:
    gone, cascade = bool(node.get("missing_ok")), node.get("behavior") == "DROP_CASCADE"
    return DropConstraint(span, reader.inside, table, as_name(node["name"]), gone, cascade)


def _attach(reader: StatementReader, table: Name, node: Node, span: Span) -> Operation:
    command = node["def"]["PartitionCmd"]
    default = bool(command.get("bound", {}).get("is_default"))
    if "bound" not in command:
        # ALTER INDEX … ATTACH PARTITION
        return AlterTable(span, reader.inside, table, "index", "AttachPartition", reader.name(command["name"]))
    return AttachPartition(span, reader.inside, table, reader.name(command["name"]), default, _bound(command["bound"]))


def _detach(reader: StatementReader, table: Name, node: Node, span: Span) -> Operation:
    command = node["def"]["PartitionCmd"]
    final = node["subtype"] == "AT_DetachPartitionFinalize"
    concurrently = bool(command.get("concurrent"))
    return DetachPartition(span, reader.inside, table, reader.name(command["name"]), concurrently, final)


def _by_name(operation: type[SetNotNull] | type[DropNotNull] | type[ValidateConstraint]) -> Make:
    def make(reader: StatementReader, table: Name, node: Node, span: Span) -> Operation:
        return operation(span, reader.inside, table, as_name(node["name"]))

    return make


_COMMANDS: dict[str, Make] = {
    "AddColumn": _add_column,
    "DropColumn": _drop_column,
    "AlterColumnType": _change_type,
    "ColumnDefault": _change_default,
    "SetNotNull": _by_name(SetNotNull),
    "DropNotNull": _by_name(DropNotNull),
    "AddConstraint": _add_constraint,
    "DropConstraint": _drop_constraint,
    "ValidateConstraint": _by_name(ValidateConstraint),
    "AttachPartition": _attach,
    "DetachPartition": _detach,
    "DetachPartitionFinalize": _detach,
}

HANDLERS: dict[str, Handler] = {
    "CreateStmt": create_table,
    "CreateForeignTableStmt": create_foreign_table,
    "AlterTableStmt": alter_table,
}
