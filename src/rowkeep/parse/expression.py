"""Reads an expression: constant or not, its calls, its columns, what it proves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.operation import Call, Expression, TypeName
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.reader import StatementReader, qualified_name
from rowkeep.parse.text.token_ends import closed_end, token_end
from rowkeep.parse.tree import node_kind, string_values

_TEST = compile_later(r"is\s+(?:not\s+)?(?:null|true|false|unknown|distinct\s+from\s+\S+)", re.IGNORECASE)
_QUERIES = frozenset({"SubLink", "SelectStmt"})


def expression(reader: StatementReader, tree: Node) -> Expression:
    """Read the expression `tree`."""
    calls: list[Call] = []
    columns: list[str] = []
    places: list[int] = []
    has_query = False
    stack: list[Any] = [tree]
    while stack:
        value = stack.pop()
        if type(value) is list:
            stack.extend(reversed(value))
            continue
        for key, inner in value.items():
            if key == "location":
                places.append(inner)
            elif type(inner) is list:
                stack.extend(reversed(inner))
            elif type(inner) is dict and key != "String":
                if key == "FuncCall":
                    calls.append(call(reader, inner))
                elif key == "ColumnRef":
                    columns.extend(string_values(inner.get("fields"))[-1:])
                elif key in _QUERIES:
                    has_query = True
                stack.append(inner)
    start, end = _bounds(reader, places)
    is_constant, value = constant(tree)
    return Expression(
        reader.text.span(start, end),
        reader.words[start:end],
        value,
        is_constant and value is None,
        tuple(sorted(calls, key=lambda each: each.span)),
        tuple(dict.fromkeys(columns)),
        has_query,
        frozenset(_not_null(tree)),
        _cast_of(tree),
        casts=_casts(reader, tree),
    )


def call(reader: StatementReader, node: Node) -> Call:
    """A FuncCall node."""
    values = (constant(argument) for argument in node.get("args", ()))
    return Call(
        qualified_name(node.get("funcname")), reader.token(node.get("location")), tuple(value for _, value in values)
    )


def constant(tree: Node) -> tuple[bool, str | None]:
    """Whether the tree is one literal (casts and collations aside), and its value as text; None is NULL."""
    kind, node = node_kind(tree)
    while kind in ("TypeCast", "CollateClause"):
        kind, node = node_kind(node.get("arg"))
    if kind == "A_Expr" and node.get("kind") == "AEXPR_OP" and "lexpr" not in node:
        known, value = constant(node.get("rexpr", {}))
        if known and value is not None and string_values(node.get("name")) == ["-"]:
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
    """Columns that are not NULL if the condition is true: x IS NOT NULL, joined by AND."""
    stack: list[Any] = [tree]
    while stack:
        kind, node = node_kind(stack.pop())
        if kind == "BoolExpr" and node.get("boolop") == "AND_EXPR":
            stack.extend(node.get("args", ()))
        elif kind == "NullTest" and node.get("nulltesttype") == "IS_NOT_NULL":
            inner, column = node_kind(node.get("arg"))
            if inner == "ColumnRef":
                yield from string_values(column.get("fields"))[-1:]


def _cast_of(tree: Node) -> str | None:
    kind, node = node_kind(tree)
    while kind == "TypeCast":
        kind, node = node_kind(node.get("arg"))
    names = string_values(node.get("fields")) if kind == "ColumnRef" else []
    return names[-1] if names else None


def _casts(reader: StatementReader, tree: Node) -> tuple[TypeName, ...]:
    """The types of the casts around a column, innermost first."""
    kind, node = node_kind(tree)
    found = []
    while kind == "TypeCast":
        found.append(reader.type(node["typeName"]))
        kind, node = node_kind(node.get("arg"))
    return tuple(reversed(found)) if kind == "ColumnRef" else ()


def _bounds(reader: StatementReader, places: list[int]) -> tuple[int, int]:
    """From the leftmost place to the token at the rightmost one, extended to the closing brackets."""
    known = [place for place in places if place >= 0]
    if not known:
        return reader.start, reader.end
    words = reader.words
    first, last = reader.character(min(known)), reader.character(max(known))
    if words[last : last + 2].lower() == "is":
        # A test is located at its IS.
        test = _TEST.match(words, last, reader.end)
        return first, test.end() if test is not None else last + 2
    end = closed_end(words, first, last, reader.end)
    while words[end : end + 1] == "." and end < reader.end:
        # `b.id` has one location: that of `b`.
        end = token_end(words, end + 1, reader.end)
    missing = words.count(")", first, end) - words.count("(", first, end)
    while missing > 0 and first > reader.start and words[first - 1] in "( \n\t":
        first -= 1
        missing -= words[first] == "("
    return first, end
