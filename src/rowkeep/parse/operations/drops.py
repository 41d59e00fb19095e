"""DROP in all its forms, TRUNCATE, RENAME, SET SCHEMA, OWNER TO."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.operation import (
    ChangeOwner,
    DropObject,
    DropOwned,
    Name,
    ObjectKind,
    Operation,
    Rename,
    SetSchema,
    Truncate,
)
from rowkeep.domain.source import Span
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.operations.registry import Handler
from rowkeep.parse.operations.statement_options import object_kind
from rowkeep.parse.reader import StatementReader, as_name, object_name
from rowkeep.parse.text.token_ends import split_items
from rowkeep.parse.tree import string_values

_ON_A_TABLE = frozenset({ObjectKind.TRIGGER, ObjectKind.RULE, ObjectKind.POLICY})


def drop_objects(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """DROP of tables, views, functions … (DropStmt), one operation per object."""
    objects = node.get("objects", ())
    kind = object_kind(node["removeType"])
    cascade, if_exists = node.get("behavior") == "DROP_CASCADE", bool(node.get("missing_ok"))
    for item, span in zip(objects, _item_spans(reader, len(objects)), strict=True):
        name, table = object_name(item), None
        if kind in _ON_A_TABLE:
            name, table = _on_table(item)
        concurrently = bool(node.get("concurrent"))
        yield DropObject(span, reader.inside, kind, name, if_exists, cascade, concurrently, table, _arguments(item))


def _arguments(item: Node) -> tuple[str, ...] | None:
    """The types of a function's input arguments, if the statement names them."""
    function = item.get("ObjectWithArgs")
    if function is None or function.get("args_unspecified"):
        return None
    types = (argument["TypeName"] for argument in function.get("objargs", ()) if "TypeName" in argument)
    return tuple(string_values(each.get("names"))[-1] + ("[]" if each.get("arrayBounds") else "") for each in types)


def _on_table(item: Node) -> tuple[Name, Name]:
    parts = string_values(item["List"]["items"])
    return as_name(parts[-1]), as_name(parts[-2], parts[-3] if len(parts) > 2 else None)


def _item_spans(reader: StatementReader, count: int) -> list[Span]:
    """The place of each object: the whole statement for one object, else the item between the commas."""
    if count == 1:
        return [reader.whole]
    spans = [reader.text.span(start, end) for start, end in split_items(reader.words, reader.start, reader.end)]
    return spans if len(spans) == count else [reader.whole] * count


def drop_database(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """DROP DATABASE."""
    gone = bool(node.get("missing_ok"))
    yield DropObject(reader.whole, reader.inside, ObjectKind.DATABASE, as_name(node["dbname"]), gone)


def drop_tablespace(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """DROP TABLESPACE."""
    gone = bool(node.get("missing_ok"))
    yield DropObject(reader.whole, reader.inside, ObjectKind.TABLESPACE, as_name(node["tablespacename"]), gone)


def drop_role(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """DROP ROLE, USER, GROUP."""
    roles = node.get("roles", ())
    for item, span in zip(roles, _item_spans(reader, len(roles)), strict=True):
        name = as_name(item["RoleSpec"].get("rolename", ""))
        yield DropObject(span, reader.inside, ObjectKind.ROLE, name, bool(node.get("missing_ok")))


def drop_subscription(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """DROP SUBSCRIPTION."""
    gone = bool(node.get("missing_ok"))
    yield DropObject(reader.whole, reader.inside, ObjectKind.SUBSCRIPTION, as_name(node["subname"]), gone)


def drop_user_mapping(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """DROP USER MAPPING."""
    gone = bool(node.get("missing_ok"))
    yield DropObject(reader.whole, reader.inside, ObjectKind.USER_MAPPING, as_name(node.get("servername", "")), gone)


def drop_owned(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """DROP OWNED BY."""
    roles = tuple(as_name(item["RoleSpec"].get("rolename", "current_user")) for item in node.get("roles", ()))
    yield DropOwned(reader.whole, reader.inside, roles, node.get("behavior") == "DROP_CASCADE")


def reassign_owned(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """REASSIGN OWNED BY … TO."""
    role = as_name(node["newrole"].get("rolename", "current_user"))
    yield ChangeOwner(reader.whole, reader.inside, ObjectKind.ROLE, None, role)


def truncate(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """TRUNCATE, one operation per table."""
    tables = [item["RangeVar"] for item in node.get("relations", ())]
    cascade, restart = node.get("behavior") == "DROP_CASCADE", bool(node.get("restart_seqs"))
    for table in tables:
        span = reader.whole if len(tables) == 1 else reader.token(table.get("location"))
        yield Truncate(span, reader.inside, reader.name(table), cascade, restart)


def rename_object(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """ALTER … RENAME."""
    kind = object_kind(node["renameType"])
    if "relation" in node:
        name = reader.name(node["relation"])
    elif "object" in node:
        name = object_name(node["object"])
    else:
        name = as_name(node.get("subname", ""))
    inner = "subname" in node and ("relation" in node or "object" in node)
    part = as_name(node["subname"]) if inner else None
    new = as_name(node["newname"])
    yield Rename(reader.whole, reader.inside, kind, name, part, new, bool(node.get("missing_ok")))


def set_schema(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """ALTER … SET SCHEMA."""
    name = reader.name(node["relation"]) if "relation" in node else object_name(node.get("object", {}))
    yield SetSchema(reader.whole, reader.inside, object_kind(node["objectType"]), name, as_name(node["newschema"]))


def change_owner(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """ALTER … OWNER TO (of other objects than tables)."""
    name = reader.name(node["relation"]) if "relation" in node else object_name(node.get("object", {}))
    role = as_name(node["newowner"].get("rolename", "current_user"))
    yield ChangeOwner(reader.whole, reader.inside, object_kind(node["objectType"]), name, role)


HANDLERS: dict[str, Handler] = {
    "DropStmt": drop_objects,
    "DropdbStmt": drop_database,
    "DropTableSpaceStmt": drop_tablespace,
    "DropRoleStmt": drop_role,
    "DropSubscriptionStmt": drop_subscription,
    "DropUserMappingStmt": drop_user_mapping,
    "DropOwnedStmt": drop_owned,
    "ReassignOwnedStmt": reassign_owned,
    "TruncateStmt": truncate,
    "RenameStmt": rename_object,
    "AlterObjectSchemaStmt": set_schema,
    "AlterOwnerStmt": change_owner,
}
