"""Reads lists of options, kinds of object, and persistence of relations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rowkeep.domain.operation import ObjectKind, Persistence
from rowkeep.parse.expression import constant
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.tree import node_kind, string_values

_KINDS = {
    "MATVIEW": ObjectKind.MATERIALIZED_VIEW,
    "TABCONSTRAINT": ObjectKind.CONSTRAINT,
    "DOMCONSTRAINT": ObjectKind.CONSTRAINT,
    "STATISTIC_EXT": ObjectKind.STATISTICS,
    "FOREIGN_SERVER": ObjectKind.SERVER,
}


_PERSISTENCE = {"t": Persistence.TEMPORARY, "u": Persistence.UNLOGGED}


def object_kind(word: str) -> ObjectKind:
    """PostgreSQL's `OBJECT_MATVIEW` as one of our kinds; OTHER if no rule needs it."""
    short = word.removeprefix("OBJECT_")
    return _KINDS.get(short) or ObjectKind.__members__.get(short, ObjectKind.OTHER)


def persistence(relation: Node) -> Persistence:
    """Whether the relation of a RangeVar is temporary (also by pg_temp), unlogged or permanent."""
    if relation.get("schemaname") == "pg_temp":
        return Persistence.TEMPORARY
    return _PERSISTENCE.get(relation.get("relpersistence", "p"), Persistence.PERMANENT)


def option_texts(items: Iterable[Node]) -> tuple[tuple[str, str], ...]:
    """A list of DefElem nodes as (name, value), both as text; an option without a value is `true`.

    A namespace stands before the name: `toast.autovacuum_enabled`.
    """
    found = []
    for item in items:
        if "DefElem" in item:
            element = item["DefElem"]
            space = f"{element['defnamespace'].lower()}." if "defnamespace" in element else ""
            found.append((space + element.get("defname", "").lower(), option_text(element.get("arg"))))
    return tuple(found)


def option_text(value: Any) -> str:
    """The value of an option as text: lists with commas, types and names by their last part."""
    kind, node = node_kind(value)
    match kind:
        case "":
            return "true"
        case "List":
            return ", ".join(option_text(item) for item in node.get("items", ()))
        case "String":
            return str(node.get("sval", ""))
        case "Integer":
            return str(node.get("ival", 0))
        case "Float":
            return str(node.get("fval", ""))
        case "Boolean":
            return "true" if node.get("boolval") else "false"
        case "TypeName":
            return ".".join(string_values(node.get("names"))[-1:])
        case "VariableSetStmt":
            values = ", ".join(option_text(item) for item in node.get("args", ()))
            return f"{node.get('name', 'all').lower()} = {values}" if values else str(node.get("name", "all"))
        case "RoleSpec":
            return str(node.get("rolename", "public"))
    known, text = constant(value)
    return text or "" if known else ""
