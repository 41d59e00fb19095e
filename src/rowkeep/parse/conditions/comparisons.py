"""A condition as comparisons of columns with constants, to see what a CHECK proves about a partition's bounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rowkeep.domain.operation import Comparison
from rowkeep.parse.expression import constant
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.tree import node_kind, string_values

_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "="}
_OPPOSITE = {"<": ">=", ">": "<=", "<=": ">", ">=": "<"}


def conjunct_comparisons(tree: Any) -> tuple[Comparison, ...]:
    """The comparisons joined by AND: all are true if the condition is."""
    found: list[Comparison] = []
    stack = [tree]
    while stack:
        kind, node = node_kind(stack.pop())
        if kind == "BoolExpr" and node.get("boolop") == "AND_EXPR":
            stack.extend(reversed(node.get("args", ())))
        elif kind == "A_Expr":
            found.extend(_comparison(node))
    return tuple(found)


def disjunct_comparisons(tree: Any) -> tuple[Comparison, ...]:
    """The comparisons joined by OR, or negated ones joined by AND. Tests for NULL do not count.

    Empty if there is anything else among them, because then nothing is known.
    """
    kind, node = node_kind(tree)
    if kind != "BoolExpr":
        return ()
    if node.get("boolop") == "NOT_EXPR":
        return _negate(node["args"][0])
    if node.get("boolop") != "OR_EXPR":
        return ()
    found: list[Comparison] = []
    for argument in node.get("args", ()):
        inner, fields = node_kind(argument)
        if inner == "NullTest":
            continue
        one = list(_comparison(fields)) if inner == "A_Expr" else []
        if len(one) != 1:
            return ()
        found.extend(one)
    return tuple(found)


def _negate(tree: Any) -> tuple[Comparison, ...]:
    kind, node = node_kind(tree)
    arguments = node.get("args", ()) if kind == "BoolExpr" and node.get("boolop") == "AND_EXPR" else (tree,)
    found: list[Comparison] = []
    for argument in arguments:
        inner, fields = node_kind(argument)
        if inner == "NullTest":
            continue
        one = list(_comparison(fields)) if inner == "A_Expr" else []
        if not one or any(each.operator not in _OPPOSITE for each in one):
            return ()
        found.extend(Comparison(each.column, _OPPOSITE[each.operator], each.values) for each in one)
    return tuple(found)


def _comparison(node: Node) -> Iterator[Comparison]:
    """The comparison of a column with constants, or nothing."""
    operator = "".join(string_values(node.get("name")))
    left, right = node.get("lexpr", {}), node.get("rexpr", {})
    match node.get("kind"):
        case "AEXPR_OP" if operator in _TURNED:
            column, values = _column(left), _constants([right])
            if column is None:
                column, values, operator = _column(right), _constants([left]), _TURNED[operator]
            if column is not None and values:
                yield Comparison(column, operator, values)
        case "AEXPR_BETWEEN":
            column, values = _column(left), _constants(_items(right))
            if column is not None and len(values) == 2:
                yield Comparison(column, ">=", values[:1])
                yield Comparison(column, "<=", values[1:])
        case "AEXPR_IN" | "AEXPR_OP_ANY" if operator == "=":
            column, values = _column(left), _constants(_items(right))
            if column is not None and values:
                yield Comparison(column, "in", values)


def _column(tree: Any) -> str | None:
    kind, node = node_kind(tree)
    names = string_values(node.get("fields")) if kind == "ColumnRef" else []
    return names[-1] if names else None


def _items(tree: Any) -> list[Any]:
    kind, node = node_kind(tree)
    while kind == "TypeCast":
        kind, node = node_kind(node.get("arg"))
    return list(node.get("items", ()) or node.get("elements", ()))


def _constants(trees: list[Any]) -> tuple[str, ...]:
    """Their values as text; empty if one is not a constant."""
    found = [constant(tree) for tree in trees]
    return tuple(value for _, value in found if value is not None) if all(v is not None for _, v in found) else ()
