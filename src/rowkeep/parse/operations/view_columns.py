"""The columns of a view, and the columns that its query needs."""

from __future__ import annotations

from collections.abc import Sequence

from rowkeep.domain.operation import Name
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.reader import StatementReader
from rowkeep.parse.tree import collect_nodes, node_kind, string_values

_NAMED_BY_KIND = {"CaseExpr": "case", "CoalesceExpr": "coalesce", "A_ArrayExpr": "array"}
_STAR = frozenset({"A_Star"})
NEEDS = frozenset(
    {"ColumnRef", "JoinExpr", "RangeVar", "CommonTableExpr", "SelectStmt", "RangeSubselect", "RangeFunction"}
)
"""The kinds of nodes that tell which columns of which relations a query needs."""


def view_columns(query: Node, aliases: Sequence[str]) -> tuple[str, ...] | None:
    """The names of its columns in order, None if one is unknown. aliases: those of the view itself."""
    _, node = node_kind(query)
    while "larg" in node:
        node = node["larg"]
    targets = node.get("targetList", [])
    if not targets or any(collect_nodes(target["ResTarget"].get("val"), _STAR) for target in targets):
        return None
    found: list[str] = list(aliases)
    for item in targets[len(aliases) :]:
        name = item["ResTarget"].get("name") or _name(item["ResTarget"].get("val"))
        if name is None:
            return None
        found.append(name)
    return tuple(found)


def _name(value: Node | None) -> str | None:
    """The name that PostgreSQL gives to a column without one (FigureColname); None if unsure."""
    kind, node = node_kind(value)
    while kind == "TypeCast":
        kind, node = node_kind(node.get("arg"))
    match kind:
        case "ColumnRef":
            return next(iter(string_values(node.get("fields"))[-1:]), None)
        case "FuncCall":
            return next(iter(string_values(node.get("funcname"))[-1:]), None)
    return _NAMED_BY_KIND.get(kind)


def needed_columns(reader: StatementReader, parts: Sequence[tuple[str, Node]]) -> frozenset[tuple[Name | None, str]]:
    """The columns that a query names anywhere, each with its relation, None if the query does not say which.

    `*` is all of them: a star, a whole row, a NATURAL JOIN. A column of a subquery or a WITH query is left out.
    parts: the nodes of `NEEDS` in the query.
    """
    found: set[tuple[Name | None, str]] = set()
    aliases, derived, plain = _sources(reader, parts)
    for kind, node in parts:
        if kind == "ColumnRef":
            fields = node.get("fields", ())
            words = string_values(fields)
            star = any("A_Star" in each for each in fields)
            qualifier, column = (words[-1:], "*") if star else (words[-2:-1], words[-1])
            if qualifier:
                found.update((each, column) for each in aliases.get(qualifier[0], ()))
            elif not star and words[0] in aliases and words[0] not in derived:
                found.update((each, "*") for each in aliases[words[0]])
            elif not star:
                found.add((None, column))
            elif plain:
                found.update((each, "*") for names in aliases.values() for each in names)
        elif kind == "JoinExpr":
            found.update((None, column) for column in string_values(node.get("usingClause")))
            if node.get("isNatural"):
                found.update((each, "*") for names in aliases.values() for each in names)
    return frozenset(found)


def _sources(
    reader: StatementReader, parts: Sequence[tuple[str, Node]]
) -> tuple[dict[str, list[Name]], set[str], bool]:
    """The relations by their names in the query; all other names; whether there is no subquery."""
    aliases: dict[str, list[Name]] = {}
    derived: set[str] = set()
    selects = 0
    for kind, node in parts:
        if kind == "CommonTableExpr":
            derived.add(node.get("ctename", ""))
        elif kind == "SelectStmt":
            selects += 1
        elif kind in ("RangeSubselect", "RangeFunction"):
            derived.add(node.get("alias", {}).get("aliasname", ""))
    for kind, node in parts:
        if kind == "RangeVar" and (node.get("schemaname") or node.get("relname") not in derived):
            name = reader.name(node)
            aliases.setdefault(node.get("alias", {}).get("aliasname", name.name), []).append(name)
    return aliases, derived, selects == 1 and not derived
