"""Views, triggers, rules, policies, types and domains."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.operation import (
    AddEnumValue,
    AlterDomain,
    AlterTable,
    Comment,
    CreateDomain,
    CreateEnum,
    CreateObject,
    CreateRule,
    CreateTrigger,
    CreateView,
    FrameKind,
    ObjectKind,
    Operation,
    Policy,
    Rename,
)
from rowkeep.parse.conditions.always_true import always_value
from rowkeep.parse.expression import expression
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.operations.columns import CONSTRAINTS, constraint
from rowkeep.parse.operations.data import RELATIONS, relations_of
from rowkeep.parse.operations.registry import Handler, operations_of
from rowkeep.parse.operations.statement_options import object_kind, option_texts
from rowkeep.parse.operations.view_columns import NEEDS, needed_columns, view_columns
from rowkeep.parse.reader import StatementReader, as_name, object_name, qualified_name
from rowkeep.parse.tree import collect_nodes, node_kind, string_values

_EVENTS = ((1 << 2, "INSERT"), (1 << 3, "DELETE"), (1 << 4, "UPDATE"), (1 << 5, "TRUNCATE"))
_TIMING = {1 << 1: "BEFORE", 1 << 6: "INSTEAD OF"}
_OF_QUERY = RELATIONS | NEEDS
_DOMAIN_ACTIONS = {
    "T": "SET DEFAULT",
    "C": "ADD CONSTRAINT",
    "X": "DROP CONSTRAINT",
    "V": "VALIDATE CONSTRAINT",
    "O": "SET NOT NULL",
    "N": "DROP NOT NULL",
}


def view(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE VIEW."""
    options = dict(option_texts(node.get("options", ())))
    query = node.get("query", {})
    parts = collect_nodes(query, _OF_QUERY)
    yield CreateView(
        reader.whole,
        reader.inside,
        reader.name(node["view"]),
        replace=bool(node.get("replace")),
        is_temporary=node["view"].get("relpersistence") == "t",
        security_invoker=options.get("security_invoker", "false").lower() in ("true", "on", "yes", "1"),
        reads=relations_of(reader, parts),
        columns=view_columns(query, string_values(node.get("aliases"))),
        uses=needed_columns(reader, parts),
    )


def materialized_view(reader: StatementReader, node: Node) -> Operation:
    """CREATE MATERIALIZED VIEW."""
    into = node["into"]
    query = node.get("query", {})
    parts = collect_nodes(query, _OF_QUERY)
    return CreateView(
        reader.whole,
        reader.inside,
        reader.name(into["rel"]),
        if_not_exists=bool(node.get("if_not_exists")),
        is_materialized=True,
        with_data=not into.get("skipData"),
        reads=relations_of(reader, parts),
        columns=view_columns(query, string_values(into.get("colNames"))),
        uses=needed_columns(reader, parts),
    )


def trigger(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE TRIGGER."""
    events = node.get("events", 0)
    yield CreateTrigger(
        reader.whole,
        reader.inside,
        reader.name(node["relation"]),
        as_name(node["trigname"]),
        qualified_name(node.get("funcname")),
        _TIMING.get(node.get("timing", 0), "AFTER"),
        tuple(word for bit, word in _EVENTS if events & bit),
        bool(node.get("row")),
        bool(node.get("replace")),
    )


def rule(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE RULE and its actions."""
    name = as_name(node["rulename"])
    event = node.get("event", "").removeprefix("CMD_")
    instead, replace = bool(node.get("instead")), bool(node.get("replace"))
    yield CreateRule(reader.whole, reader.inside, reader.name(node["relation"]), name, event, instead, replace)
    if event != "SELECT":
        stored = reader.within(FrameKind.RULE, reader.whole, name.written)
        for action in node.get("actions", ()):
            kind, inner = node_kind(action)
            yield from operations_of(stored, kind, inner)


def policy(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE POLICY and ALTER POLICY."""
    roles = (item["RoleSpec"] for item in node.get("roles", ()))
    is_new = "cmd_name" in node
    yield Policy(
        reader.whole,
        reader.inside,
        reader.name(node["table"]),
        as_name(node["policy_name"]),
        is_new,
        bool(node.get("permissive")) if is_new else True,
        node.get("cmd_name", "all").upper(),
        tuple(as_name(role.get("rolename", "public")) for role in roles),
        expression(reader, node["qual"]) if "qual" in node else None,
        expression(reader, node["with_check"]) if "with_check" in node else None,
        any(always_value(node[clause]) is True for clause in ("qual", "with_check") if clause in node),
    )


def enum(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE TYPE … AS ENUM."""
    yield CreateEnum(
        reader.whole, reader.inside, qualified_name(node.get("typeName")), tuple(string_values(node.get("vals")))
    )


def alter_enum(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """ALTER TYPE … ADD VALUE and RENAME VALUE."""
    name, value = qualified_name(node.get("typeName")), node.get("newVal", "")
    if "oldVal" in node:
        yield Rename(
            reader.whole, reader.inside, ObjectKind.ENUM_VALUE, name, as_name(node["oldVal"] or " "), as_name(value)
        )
    else:
        skip = bool(node.get("skipIfNewValExists"))
        yield AddEnumValue(reader.whole, reader.inside, name, value, skip, node.get("newValNeighbor", ""))


def composite(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE TYPE … AS (…)."""
    yield CreateObject(reader.whole, reader.inside, ObjectKind.TYPE, reader.name(node["typevar"]))


def range_type(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE TYPE … AS RANGE."""
    yield CreateObject(reader.whole, reader.inside, ObjectKind.TYPE, qualified_name(node.get("typeName")))


def domain(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE DOMAIN."""
    inner = [item["Constraint"] for item in node.get("constraints", ())]
    default = next((item["raw_expr"] for item in inner if item["contype"] == "CONSTR_DEFAULT"), None)
    yield CreateDomain(
        reader.whole,
        reader.inside,
        qualified_name(node.get("domainname")),
        reader.type(node["typeName"]),
        tuple(constraint(reader, item) for item in inner if item["contype"] in CONSTRAINTS),
        expression(reader, default) if default is not None else None,
    )


def alter_domain_operation(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """ALTER DOMAIN."""
    definition = node.get("def", {})
    added = constraint(reader, definition["Constraint"]) if "Constraint" in definition else None
    action = _DOMAIN_ACTIONS[node["subtype"]]
    if action == "SET DEFAULT" and not definition:
        action = "DROP DEFAULT"
    name = as_name(node["name"]) if "name" in node else None
    default = expression(reader, definition) if action == "SET DEFAULT" else None
    yield AlterDomain(reader.whole, reader.inside, qualified_name(node.get("typeName")), action, added, name, default)


def comment_operation(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """COMMENT ON and SECURITY LABEL."""
    kind = object_kind(node["objtype"])
    yield Comment(reader.whole, reader.inside, kind, object_name(node["object"]) if "object" in node else None)


def move_all(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """ALTER TABLE ALL IN TABLESPACE … SET TABLESPACE."""
    target = as_name(node["new_tablespacename"])
    options = (("from", node.get("orig_tablespacename", "")),)
    yield AlterTable(reader.whole, reader.inside, as_name(""), "table", "MoveAll", target, options)


HANDLERS: dict[str, Handler] = {
    "ViewStmt": view,
    "CreateTrigStmt": trigger,
    "RuleStmt": rule,
    "CreatePolicyStmt": policy,
    "AlterPolicyStmt": policy,
    "CreateEnumStmt": enum,
    "AlterEnumStmt": alter_enum,
    "CompositeTypeStmt": composite,
    "CreateRangeStmt": range_type,
    "CreateDomainStmt": domain,
    "AlterDomainStmt": alter_domain_operation,
    "CommentStmt": comment_operation,
    "SecLabelStmt": comment_operation,
    "AlterTableMoveAllStmt": move_all,
}
