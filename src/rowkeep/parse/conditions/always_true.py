"""Conditions that are always true or always false: `true`, `1 = 1`, `id = id`, `not false` …"""

from __future__ import annotations

from typing import Any

from rowkeep.domain.operation import Condition, RowReach
from rowkeep.knowledge.functions import Volatility, function_volatility
from rowkeep.parse.expression import constant, expression
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.reader import StatementReader
from rowkeep.parse.tree import node_kind, string_values

_DEEP = 60
_NESTING = frozenset({"BoolExpr", "BooleanTest", "CoalesceExpr", "CaseExpr", "CaseWhen"})
"""The node types that `always_value` looks into."""
_SAME = frozenset({"=", ">=", "<="})
_OTHER = frozenset({"<>", "!=", "<", ">"})
_ANY_TEXT = ("", ".*", "^", "$", "^.*$", ".*$", "^.*")
"""Patterns that match every text."""


def read_where(reader: StatementReader, tree: Node | None) -> Condition:
    """Read a WHERE clause, and how many rows it can select."""
    if tree is None:
        return Condition(RowReach.ALL)
    truth = always_value(tree)
    reach = RowReach.SOME if truth is None else RowReach.ALL if truth else RowReach.NONE
    return Condition(reach, expression(reader, tree))


def is_too_deep(tree: Node | None) -> bool:
    """Whether conditions are nested more deeply than `always_value` looks, so that its result means nothing."""
    stack: list[tuple[Any, int]] = [(tree or {}, 0)]
    while stack:
        value, depth = stack.pop()
        if depth > _DEEP:
            return True
        if isinstance(value, list):
            stack.extend((each, depth) for each in value)
        elif isinstance(value, dict):
            stack.extend((inner, depth + (key in _NESTING)) for key, inner in value.items())
    return False


def always_value(tree: Any, depth: int = 0) -> bool | None:
    """True or False if the condition has that value for every row without NULL, None if it depends on the row."""
    if depth > _DEEP:
        return None
    kind, node = node_kind(tree)
    match kind:
        case "A_Const" | "TypeCast" | "CollateClause":
            known, value = constant(tree)
            return _boolean(value) if known else None
        case "BoolExpr":
            return _combine(node, depth)
        case "A_Expr":
            return _comparison(node)
        case "NullTest":
            known, value = constant(node.get("arg", {}))
            return (value is None) is (node.get("nulltesttype") == "IS_NULL") if known else None
        case "BooleanTest":
            return _null_test(always_value(node.get("arg"), depth + 1), str(node.get("booltesttype", "")))
        case "CoalesceExpr":
            # If the first argument is never NULL, it is the result.
            return always_value(next(iter(node.get("args", ())), None), depth + 1)
        case "CaseExpr":
            results = [item["CaseWhen"].get("result") for item in node.get("args", ())]
            ways = {always_value(result, depth + 1) for result in (*results, node.get("defresult"))}
            return ways.pop() if len(ways) == 1 and "defresult" in node else None
        case "SubLink":
            _, query = node_kind(node.get("subselect"))
            bare = node.get("subLinkType") == "EXISTS_SUBLINK" and not {"fromClause", "whereClause"} & query.keys()
            return True if bare and "valuesLists" not in query else None
    return None


def _null_test(inner: bool | None, test: str) -> bool | None:
    """`… IS TRUE`, `IS NOT FALSE`, `IS NOT UNKNOWN` … of a condition that is always true or always false."""
    if inner is None:
        return None
    negated = test.startswith("IS_NOT_")
    return (
        inner is (test.removeprefix("IS_NOT_").removeprefix("IS_") == "TRUE") and "UNKNOWN" not in test
    ) is not negated


def _boolean(value: str | None) -> bool | None:
    if value is None:
        return False
    word = value.lower()
    return (
        True
        if word in ("true", "t", "yes", "on", "1")
        else False
        if word in ("false", "f", "no", "off", "0")
        else None
    )


def _combine(node: Node, depth: int) -> bool | None:
    inner = [always_value(argument, depth + 1) for argument in node.get("args", ())]
    match node.get("boolop"):
        case "NOT_EXPR":
            return None if inner[0] is None else not inner[0]
        case "AND_EXPR":
            return False if False in inner else None if None in inner else True
        case _:
            return True if True in inner else _exhaustive(node) if None in inner else False


def _exhaustive(node: Node) -> bool | None:
    """`x IS NULL OR x IS NOT NULL` and `x OR NOT x` exclude nothing."""
    tests = [node_kind(argument) for argument in node.get("args", ())]
    denied = {
        repr(_placeless(node["args"][0]))
        for kind, node in tests
        if kind == "BoolExpr" and node.get("boolop") == "NOT_EXPR"
    }
    if any(repr(_placeless(argument)) in denied for argument in node.get("args", ())):
        return True
    seen = {(str(_shape(test.get("arg"))), test.get("nulltesttype")) for kind, test in tests if kind == "NullTest"}
    return (
        True if any((subject, "IS_NULL") in seen and (subject, "IS_NOT_NULL") in seen for subject, _ in seen) else None
    )


def _comparison(node: Node) -> bool | None:
    if node.get("kind") in ("AEXPR_LIKE", "AEXPR_ILIKE"):
        return _like(node)
    if node.get("kind") not in ("AEXPR_OP", "AEXPR_IN", "AEXPR_NOT_DISTINCT"):
        return None
    operator = "".join(string_values(node.get("name")))
    left, right = node.get("lexpr", {}), node.get("rexpr", {})
    if "List" in right:
        choices = right["List"].get("items", ())
        return True if operator == "=" and any(_equal(left, choice) for choice in choices) else None
    if _equal(left, right):
        return True if operator in _SAME else False if operator in _OTHER else None
    if operator in ("~", "~*") and constant(right)[1] in _ANY_TEXT:
        return True
    if operator in (">=", ">") and node_kind(left)[0] == "FuncCall" and _is_length(node_kind(left)[1]):
        return _sort_operands(operator, "0", constant(right)[1] or "") or None
    known_left, a = constant(left)
    known_right, b = constant(right)
    if known_left and known_right and a is not None and b is not None:
        return _sort_operands(operator, a, b)
    return None


def _like(node: Node) -> bool | None:
    """`x LIKE '%'` is true of every text."""
    pattern = constant(node.get("rexpr", {}))[1]
    every = pattern is not None and pattern != "" and set(pattern) == {"%"}
    return ("".join(string_values(node.get("name"))) in ("~~", "~~*")) if every else None


def _is_length(node: Node) -> bool:
    """A function that returns a length: never below zero."""
    return string_values(node.get("funcname"))[-1:] in (["length"], ["char_length"], ["octet_length"], ["cardinality"])


def _sort_operands(operator: str, a: str, b: str) -> bool | None:
    try:
        x, y = float(a), float(b)
    except ValueError:
        return {"=": a == b, "<>": a != b, "!=": a != b}.get(operator)
    answers = {"=": x == y, "<>": x != y, "!=": x != y, "<": x < y, ">": x > y, "<=": x <= y, ">=": x >= y}
    return answers.get(operator)


def _equal(left: Any, right: Any) -> bool:
    """Whether both sides are the same column, literal or expression of them."""
    shape = _shape(left)
    return shape is not None and shape == _shape(right)


def _shape(tree: Any) -> tuple[str, ...] | None:
    kind, node = node_kind(tree)
    if kind == "ColumnRef":
        return ("column", *string_values(node.get("fields")))
    known, value = constant(tree) if tree else (False, None)
    if known:
        return ("literal", value) if value is not None else None
    if kind in ("TypeCast", "CollateClause", "CoalesceExpr") or (kind == "FuncCall" and _is_steady(node)):
        return ("computed", repr(_placeless(tree)))
    return None


def _is_steady(node: Node) -> bool:
    return function_volatility("".join(string_values(node.get("funcname"))[-1:])) in (
        Volatility.IMMUTABLE,
        Volatility.STABLE,
    )


def _placeless(tree: Any, depth: int = 0) -> Any:
    """The tree without its locations. A tree that is too deep equals no other."""
    if depth > _DEEP:
        return id(tree)
    if isinstance(tree, dict):
        return {key: _placeless(inner, depth + 1) for key, inner in tree.items() if key != "location"}
    return [_placeless(each, depth + 1) for each in tree] if isinstance(tree, list) else tree
