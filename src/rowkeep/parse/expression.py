"""An expression's facts: constant or not, what it calls, which columns it names, what it proves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rowkeep.domain.act import Call, Expression
from rowkeep.domain.source import Span
from rowkeep.parse.library import Node
from rowkeep.parse.reader import Reader, name_of
from rowkeep.parse.tree import strings, tagged, walk

_TESTS = frozenset({"not", "null", "true", "false", "unknown"})
_QUERIES = frozenset({"SubLink", "SelectStmt"})


def expression(reader: Reader, tree: Node) -> Expression:
    """Read the expression `tree`."""
    calls: list[Call] = []
    columns: list[str] = []
    places: list[int] = []
    has_query = False
    for kind, node in walk(tree):
        if isinstance(node.get("location"), int) and node["location"] >= 0:
            places.append(node["location"])
        if kind == "FuncCall":
            calls.append(call(reader, node))
        elif kind == "ColumnRef":
            columns.extend(strings(node.get("fields"))[-1:])
        elif kind in _QUERIES:
            has_query = True
    span = _extent(reader, places)
    is_constant, value = constant(tree)
    return Expression(
        span,
        reader.text.text[span.start : span.end] if not places else _written(reader, places),
        value,
        is_constant and value is None,
        tuple(calls),
        tuple(dict.fromkeys(columns)),
        has_query,
        frozenset(_not_null(tree)),
        _cast_of(tree),
    )


def call(reader: Reader, node: Node) -> Call:
    """A FuncCall node."""
    values = (constant(argument) for argument in node.get("args", ()))
    return Call(name_of(node.get("funcname")), reader.token(node.get("location")), tuple(value for _, value in values))


def constant(tree: Node) -> tuple[bool, str | None]:
    """Whether the tree is one literal (casts and collations aside), and its value as text; None is NULL."""
    kind, node = tagged(tree)
    while kind in ("TypeCast", "CollateClause"):
        kind, node = tagged(node.get("arg"))
    if kind == "A_Expr" and node.get("kind") == "AEXPR_OP" and "lexpr" not in node:
        known, value = constant(node.get("rexpr", {}))
        if known and value is not None and strings(node.get("name")) == ["-"]:
            return True, f"-{value}"
    if kind != "A_Const":
        return False, None
    if node.get("isnull"):
        return True, None
    for field, key in (("sval", "sval"), ("ival", "ival"), ("fval", "fval"), ("bsval", "bsval")):
        if field in node:
            # The library leaves out what is zero or empty.
            return True, str(node[field].get(key, 0 if field == "ival" else ""))
    return ("boolval" in node), ("true" if node.get("boolval", {}).get("boolval") else "false")


def _not_null(tree: Node) -> Iterator[str]:
    """Columns that hold no NULL where the condition is true: x IS NOT NULL, and what AND joins."""
    stack: list[Any] = [tree]
    while stack:
        kind, node = tagged(stack.pop())
        if kind == "BoolExpr" and node.get("boolop") == "AND_EXPR":
            stack.extend(node.get("args", ()))
        elif kind == "NullTest" and node.get("nulltesttype") == "IS_NOT_NULL":
            inner, column = tagged(node.get("arg"))
            if inner == "ColumnRef":
                yield from strings(column.get("fields"))[-1:]


def _cast_of(tree: Node) -> str | None:
    kind, node = tagged(tree)
    while kind == "TypeCast":
        kind, node = tagged(node.get("arg"))
    names = strings(node.get("fields")) if kind == "ColumnRef" else []
    return names[-1] if names else None


def _bounds(reader: Reader, places: list[int]) -> tuple[int, int]:
    """The tokens from the leftmost to the rightmost place, and on to the bracket that closes what was opened."""
    first, last = reader.index(min(places)), reader.index(max(places))
    words = reader.words
    depth = sum((word in "([") - (word in ")]") for word in words[first : last + 1])
    while last + 1 < len(words) and (depth > 0 or words[last + 1] in ("(", "[")):
        last += 1
        depth += (words[last] in "([") - (words[last] in ")]")
    if words[last] == "is":
        # A test is located at its IS.
        while last + 1 < len(words) and words[last + 1] in _TESTS:
            last += 1
    return first, last


def _extent(reader: Reader, places: list[int]) -> Span:
    return reader.between(*_bounds(reader, places)) if places else reader.whole


def _written(reader: Reader, places: list[int]) -> str:
    first, last = _bounds(reader, places)
    return reader.text.text[reader.tokens[first].start : reader.tokens[last].end]
