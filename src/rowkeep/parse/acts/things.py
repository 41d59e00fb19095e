"""Views, triggers, rules, policies, types and domains."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rowkeep.domain.act import (
    Act,
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
    Policy,
    Rename,
)
from rowkeep.parse.acts.columns import CONSTRAINTS, constraint
from rowkeep.parse.acts.data import read_tables
from rowkeep.parse.acts.options import object_kind, option_texts
from rowkeep.parse.acts.outputs import needs, outputs
from rowkeep.parse.expression import expression
from rowkeep.parse.library import Node
from rowkeep.parse.reader import Reader, name_of, named, object_name
from rowkeep.parse.tree import strings, tagged
from rowkeep.parse.truth import always

_EVENTS = ((1 << 2, "INSERT"), (1 << 3, "DELETE"), (1 << 4, "UPDATE"), (1 << 5, "TRUNCATE"))
_TIMING = {1 << 1: "BEFORE", 1 << 6: "INSTEAD OF"}
_DOMAIN_ACTIONS = {
    "T": "SET DEFAULT",
    "C": "ADD CONSTRAINT",
    "X": "DROP CONSTRAINT",
    "V": "VALIDATE CONSTRAINT",
    "O": "SET NOT NULL",
    "N": "DROP NOT NULL",
}


def view(reader: Reader, node: Node) -> Iterator[Act]:
    """CREATE VIEW."""
    options = dict(option_texts(node.get("options", ())))
    yield CreateView(
        reader.whole,
        reader.inside,
        reader.name(node["view"]),
        replace=bool(node.get("replace")),
        is_temporary=node["view"].get("relpersistence") == "t",
        security_invoker=options.get("security_invoker", "false").lower() in ("true", "on", "yes", "1"),
        reads=read_tables(reader, node.get("query", {})),
        columns=outputs(node.get("query", {}), strings(node.get("aliases"))),
        uses=needs(reader, node.get("query", {})),
    )


def materialized_view(reader: Reader, node: Node) -> Act:
    """CREATE MATERIALIZED VIEW."""
    into = node["into"]
    return CreateView(
        reader.whole,
        reader.inside,
        reader.name(into["rel"]),
        if_not_exists=bool(node.get("if_not_exists")),
        is_materialized=True,
        with_data=not into.get("skipData"),
        reads=read_tables(reader, node.get("query", {})),
        columns=outputs(node.get("query", {}), strings(into.get("colNames"))),
        uses=needs(reader, node.get("query", {})),
    )


def trigger(reader: Reader, node: Node) -> Iterator[Act]:
    """CREATE TRIGGER."""
    events = node.get("events", 0)
    yield CreateTrigger(
        reader.whole,
        reader.inside,
        reader.name(node["relation"]),
        named(node["trigname"]),
        name_of(node.get("funcname")),
        _TIMING.get(node.get("timing", 0), "AFTER"),
        tuple(word for bit, word in _EVENTS if events & bit),
        bool(node.get("row")),
        bool(node.get("replace")),
    )


def rule(reader: Reader, node: Node) -> Iterator[Act]:
    """CREATE RULE, and what it will do."""
    from rowkeep.parse.acts.dispatch import acts

    name = named(node["rulename"])
    event = node.get("event", "").removeprefix("CMD_")
    instead, replace = bool(node.get("instead")), bool(node.get("replace"))
    yield CreateRule(reader.whole, reader.inside, reader.name(node["relation"]), name, event, instead, replace)
    if event != "SELECT":
        stored = reader.within(FrameKind.RULE, reader.whole, name.written)
        for action in node.get("actions", ()):
            kind, inner = tagged(action)
            yield from acts(stored, kind, inner)


def policy(reader: Reader, node: Node) -> Iterator[Act]:
    """CREATE POLICY and ALTER POLICY."""
    roles = (item["RoleSpec"] for item in node.get("roles", ()))
    is_new = "cmd_name" in node
    yield Policy(
        reader.whole,
        reader.inside,
        reader.name(node["table"]),
        named(node["policy_name"]),
        is_new,
        bool(node.get("permissive")) if is_new else True,
        node.get("cmd_name", "all").upper(),
        tuple(named(role.get("rolename", "public")) for role in roles),
        expression(reader, node["qual"]) if "qual" in node else None,
        expression(reader, node["with_check"]) if "with_check" in node else None,
        any(always(node[clause]) is True for clause in ("qual", "with_check") if clause in node),
    )


def enum(reader: Reader, node: Node) -> Iterator[Act]:
    """CREATE TYPE … AS ENUM."""
    yield CreateEnum(reader.whole, reader.inside, name_of(node.get("typeName")), tuple(strings(node.get("vals"))))


def alter_enum(reader: Reader, node: Node) -> Iterator[Act]:
    """ALTER TYPE … ADD VALUE and RENAME VALUE."""
    name, value = name_of(node.get("typeName")), node.get("newVal", "")
    if "oldVal" in node:
        yield Rename(
            reader.whole, reader.inside, ObjectKind.ENUM_VALUE, name, named(node["oldVal"] or " "), named(value)
        )
    else:
        skip = bool(node.get("skipIfNewValExists"))
        yield AddEnumValue(reader.whole, reader.inside, name, value, skip, node.get("newValNeighbor", ""))


def composite(reader: Reader, node: Node) -> Iterator[Act]:
    """CREATE TYPE … AS (…)."""
    yield CreateObject(reader.whole, reader.inside, ObjectKind.TYPE, reader.name(node["typevar"]))


def range_type(reader: Reader, node: Node) -> Iterator[Act]:
    """CREATE TYPE … AS RANGE."""
    yield CreateObject(reader.whole, reader.inside, ObjectKind.TYPE, name_of(node.get("typeName")))


def domain(reader: Reader, node: Node) -> Iterator[Act]:
    """CREATE DOMAIN."""
    inner = [item["Constraint"] for item in node.get("constraints", ())]
    default = next((item["raw_expr"] for item in inner if item["contype"] == "CONSTR_DEFAULT"), None)
    yield CreateDomain(
        reader.whole,
        reader.inside,
        name_of(node.get("domainname")),
        reader.type(node["typeName"]),
        tuple(constraint(reader, item) for item in inner if item["contype"] in CONSTRAINTS),
        expression(reader, default) if default is not None else None,
    )


def alter_domain(reader: Reader, node: Node) -> Iterator[Act]:
    """ALTER DOMAIN."""
    definition = node.get("def", {})
    added = constraint(reader, definition["Constraint"]) if "Constraint" in definition else None
    action = _DOMAIN_ACTIONS[node["subtype"]]
    if action == "SET DEFAULT" and not definition:
        action = "DROP DEFAULT"
    name = named(node["name"]) if "name" in node else None
    default = expression(reader, definition) if action == "SET DEFAULT" else None
    yield AlterDomain(reader.whole, reader.inside, name_of(node.get("typeName")), action, added, name, default)


def comment(reader: Reader, node: Node) -> Iterator[Act]:
    """COMMENT ON and SECURITY LABEL."""
    kind = object_kind(node["objtype"])
    yield Comment(reader.whole, reader.inside, kind, object_name(node["object"]) if "object" in node else None)


def move_all(reader: Reader, node: Node) -> Iterator[Act]:
    """ALTER TABLE ALL IN TABLESPACE … SET TABLESPACE."""
    target = named(node["new_tablespacename"])
    options = (("from", node.get("orig_tablespacename", "")),)
    yield AlterTable(reader.whole, reader.inside, named(""), "table", "MoveAll", target, options)


HANDLERS: dict[str, Callable[[Reader, Node], Iterable[Act]]] = {
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
    "AlterDomainStmt": alter_domain,
    "CommentStmt": comment,
    "SecLabelStmt": comment,
    "AlterTableMoveAllStmt": move_all,
}
