"""Conditions that are true (or false) whatever the row holds: `true`, `1 = 1`, `id = id`, `not false` …"""

from __future__ import annotations

from typing import Any

from rowkeep.domain.act import Condition, Reach
from rowkeep.parse.expression import constant, expression
from rowkeep.parse.library import Node
from rowkeep.parse.reader import Reader
from rowkeep.parse.tree import strings, tagged

_DEEP = 60
_SAME = frozenset({"=", ">=", "<="})
_OTHER = frozenset({"<>", "!=", "<", ">"})


def condition(reader: Reader, tree: Node | None) -> Condition:
    """A WHERE clause, and how many rows it can leave."""
    if tree is None:
        return Condition(Reach.ALL)
    truth = always(tree)
    reach = Reach.SOME if truth is None else Reach.ALL if truth else Reach.NONE
    return Condition(reach, expression(reader, tree))


def always(tree: Any, depth: int = 0) -> bool | None:
    """True or False where the condition is that for every row that has no NULL in it, None where it depends."""
    if depth > _DEEP:
        return None
    kind, node = tagged(tree)
    match kind:
        case "A_Const" | "TypeCast" | "CollateClause":
            known, value = constant(tree)
            return _boolean(value) if known else None
        case "BoolExpr":
            return _joined(node, depth)
        case "A_Expr":
            return _compared(node)
        case "NullTest":
            known, value = constant(node.get("arg", {}))
            return (value is None) is (node.get("nulltesttype") == "IS_NULL") if known else None
        case "BooleanTest":
            inner = always(node.get("arg"), depth + 1)
            return inner if node.get("booltesttype") == "IS_TRUE" else None
        case "SubLink":
            _, query = tagged(node.get("subselect"))
            bare = node.get("subLinkType") == "EXISTS_SUBLINK" and not {"fromClause", "whereClause"} & query.keys()
            return True if bare and "valuesLists" not in query else None
    return None


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


def _joined(node: Node, depth: int) -> bool | None:
    inner = [always(argument, depth + 1) for argument in node.get("args", ())]
    match node.get("boolop"):
        case "NOT_EXPR":
            return None if inner[0] is None else not inner[0]
        case "AND_EXPR":
            return False if False in inner else None if None in inner else True
        case _:
            return True if True in inner else _exhaustive(node) if None in inner else False


def _exhaustive(node: Node) -> bool | None:
    """`x IS NULL OR x IS NOT NULL` leaves nothing out."""
    tests = [tagged(argument) for argument in node.get("args", ())]
    seen = {(str(_shape(test.get("arg"))), test.get("nulltesttype")) for kind, test in tests if kind == "NullTest"}
    return (
        True if any((subject, "IS_NULL") in seen and (subject, "IS_NOT_NULL") in seen for subject, _ in seen) else None
    )


def _compared(node: Node) -> bool | None:
    if node.get("kind") not in ("AEXPR_OP", "AEXPR_IN", "AEXPR_NOT_DISTINCT"):
        return None
    operator = "".join(strings(node.get("name")))
    left, right = node.get("lexpr", {}), node.get("rexpr", {})
    if "List" in right:
        choices = right["List"].get("items", ())
        return True if operator == "=" and any(_equal(left, choice) for choice in choices) else None
    if _equal(left, right):
        return True if operator in _SAME else False if operator in _OTHER else None
    known_left, a = constant(left)
    known_right, b = constant(right)
    if known_left and known_right and a is not None and b is not None:
        return _ordered(operator, a, b)
    return None


def _ordered(operator: str, a: str, b: str) -> bool | None:
    try:
        x, y = float(a), float(b)
    except ValueError:
        return {"=": a == b, "<>": a != b, "!=": a != b}.get(operator)
    answers = {"=": x == y, "<>": x != y, "!=": x != y, "<": x < y, ">": x > y, "<=": x <= y, ">=": x >= y}
    return answers.get(operator)


def _equal(left: Any, right: Any) -> bool:
    """The same column, or the same literal, on both sides."""
    shape = _shape(left)
    return shape is not None and shape == _shape(right)


def _shape(tree: Any) -> tuple[str, ...] | None:
    kind, node = tagged(tree)
    if kind == "ColumnRef":
        return ("column", *strings(node.get("fields")))
    known, value = constant(tree) if tree else (False, None)
    return ("literal", value) if known and value is not None else None
