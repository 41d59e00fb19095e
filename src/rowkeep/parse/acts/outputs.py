"""What a view's query gives, and which columns of its tables it needs."""

from __future__ import annotations

from collections.abc import Sequence

from rowkeep.parse.library import Node
from rowkeep.parse.tree import collect, strings, tagged

_NAMED_BY_KIND = {"CaseExpr": "case", "CoalesceExpr": "coalesce", "A_ArrayExpr": "array"}
_NEEDS = frozenset({"ColumnRef", "JoinExpr", "A_Star"})
_STAR = frozenset({"A_Star"})


def outputs(query: Node, aliases: Sequence[str]) -> tuple[str, ...] | None:
    """The names of its columns in order, None where one cannot be told. aliases: those that the view gives itself."""
    _, node = tagged(query)
    while "larg" in node:
        node = node["larg"]
    targets = node.get("targetList", [])
    if not targets or any(collect(target["ResTarget"].get("val"), _STAR) for target in targets):
        return None
    found: list[str] = list(aliases)
    for item in targets[len(aliases) :]:
        name = item["ResTarget"].get("name") or _name(item["ResTarget"].get("val"))
        if name is None:
            return None
        found.append(name)
    return tuple(found)


def _name(value: Node | None) -> str | None:
    """The name that PostgreSQL gives to a column without one (FigureColname); None where it is not sure."""
    kind, node = tagged(value)
    while kind == "TypeCast":
        kind, node = tagged(node.get("arg"))
    match kind:
        case "ColumnRef":
            return next(iter(strings(node.get("fields"))[-1:]), None)
        case "FuncCall":
            return next(iter(strings(node.get("funcname"))[-1:]), None)
    return _NAMED_BY_KIND.get(kind)


def needs(query: Node) -> tuple[frozenset[str], bool]:
    """The columns that the query names anywhere, of whichever table, and whether it needs all of them: by a `*`, or a
    NATURAL JOIN."""
    found: set[str] = set()
    whole = False
    for kind, node in collect(query, _NEEDS):
        if kind == "ColumnRef":
            found.update(strings(node.get("fields"))[-1:])
        elif kind == "JoinExpr":
            found.update(strings(node.get("usingClause")))
            whole = whole or bool(node.get("isNatural"))
        else:
            whole = True
    return frozenset(found), whole
