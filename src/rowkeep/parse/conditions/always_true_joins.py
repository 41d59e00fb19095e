"""Conditions that seem to choose rows and exclude none: the table joined with itself, the lower limit of a key …"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from rowkeep.domain.late_regex import compile_later
from rowkeep.knowledge.functions import Volatility, function_volatility
from rowkeep.parse.conditions.always_true import always_value
from rowkeep.parse.expression import constant
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.tree import collect_nodes, node_kind, string_values

_NARROWING = frozenset({"whereClause", "limitCount", "groupClause", "havingClause", "op", "limitOffset"})
_CALLS = frozenset({"FuncCall"})
_KEY = compile_later(r"(?:id|.*_id)", re.IGNORECASE)
_BIRTH = compile_later(r"(?:created|inserted|updated|modified)(?:_?(?:at|on|date|time|ts))?", re.IGNORECASE)
_NOW = ("now", "current_timestamp", "clock_timestamp", "statement_timestamp", "transaction_timestamp")
_LARGEST_INTEGER = 2**31 - 1
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


def matches_all_rows(part: Any, target: Node, alike: Iterable[str] = ()) -> bool:
    """Whether a condition on the RangeVar `target` is true of all its rows, or of none.

    alike: names of WITH queries that return all its rows.
    """
    looks = (_rowless, _itself, _is_joined, _between_edges, _floor, _span)
    return any(look(part, each) for each in (target, *({"relname": name} for name in alike)) for look in looks)


def assumption(part: Any) -> str:
    """The values for which the condition is true, if it is always true only for values that such a column usually
    has."""
    if _span(part, {}):
        return "every number that a sequence of integers gives"
    if not _floor(part, {}):
        return ""
    _, node = node_kind(part)
    columns = (as_column(node.get(side)) for side in ("lexpr", "rexpr"))
    is_birth = any(column is not None and _BIRTH.fullmatch(column) for column in columns)
    return "every time that has passed" if is_birth else "every number that a sequence gives"


def alias_names(relation: Node) -> frozenset[str]:
    """The names that can qualify the columns of a RangeVar."""
    return frozenset({relation.get("relname", ""), relation.get("alias", {}).get("aliasname", "")} - {""})


def whole_with_queries(ctes: Iterable[Node], target: Node) -> frozenset[str]:
    """The WITH queries that return all rows of `target`."""
    nodes = (node_kind(each)[1] for each in ctes)
    return frozenset(node.get("ctename", "") for node in nodes if _whole(node.get("ctequery"), target) is not None)


def whole_copies(others: Iterable[Node], target: Node, alike: frozenset[str]) -> frozenset[str]:
    """The names of the other relations that return all rows of `target` again."""
    twins: frozenset[str] = frozenset()
    for kind, node in map(node_kind, others):
        again = all(node.get(field) == target.get(field) for field in ("relname", "schemaname"))
        if kind == "RangeVar" and (again or (node.get("relname") in alike and "schemaname" not in node)):
            alias = node.get("alias", {}).get("aliasname", "")
            twins |= {alias or node["relname"]}
    return twins


def joins_itself(part: Any, names: frozenset[str], twins: frozenset[str]) -> bool:
    """`a.id = b.id` where b is the same table: each row matches itself."""
    kind, node = node_kind(part)
    if kind != "A_Expr" or node.get("kind") != "AEXPR_OP" or string_values(node.get("name")) != ["="]:
        return False
    sides = [
        string_values(node_kind(node.get(side))[1].get("fields"))
        for side in ("lexpr", "rexpr")
        if as_column(node.get(side))
    ]
    if len(sides) != 2 or any(len(side) < 2 for side in sides) or sides[0][-1] != sides[1][-1]:
        return False
    left, right = sides[0][-2], sides[1][-2]
    return (left in names and right in twins) or (left in twins and right in names)


def as_column(tree: Any) -> str | None:
    """The column if the expression is one, else None."""
    kind, node = node_kind(tree)
    names = string_values(node.get("fields")) if kind == "ColumnRef" else []
    return names[-1] if names else None


def _rowless(part: Any, target: Node) -> bool:
    """Whether nothing in it depends on the row:

    `$1`, `current_setting('a.b') = 'test'`, a sub-select without any column.
    """
    if collect_nodes({"part": part}, frozenset({"ColumnRef", "CurrentOfExpr"})):
        return False
    steady = (Volatility.IMMUTABLE, Volatility.STABLE)
    calls = (string_values(node.get("funcname"))[-1:] for _, node in collect_nodes({"part": part}, _CALLS))
    return all(name and function_volatility(name[0]) in steady for name in calls)


def _itself(part: Any, target: Node) -> bool:
    """`id IN (SELECT id FROM the same table)`, `= ANY (…)`, `= ANY (ARRAY (…))`, `(a, b) IN (SELECT a, b …)`."""
    kind, node = node_kind(part)
    if kind == "A_Expr" and node.get("kind") == "AEXPR_OP_ANY":
        inner, link = node_kind(node.get("rexpr"))
        if inner != "SubLink" or link.get("subLinkType") != "ARRAY_SUBLINK":
            return False
        tested, operator = node.get("lexpr"), node.get("name")
    elif kind == "SubLink" and node.get("subLinkType") == "ANY_SUBLINK":
        tested, operator, link = node.get("testexpr"), node.get("operName"), node
    else:
        return False
    if operator and string_values(operator) != ["="]:
        return False
    select = _whole(link.get("subselect"), target)
    outputs = [item.get("ResTarget", {}).get("val") for item in select.get("targetList", ())] if select else []
    _, row = node_kind(tested)
    operands = row.get("args", [tested]) if "RowExpr" in (tested or {}) else [tested]
    columns = [as_column(each) for each in operands]
    return bool(columns) and None not in columns and columns == [as_column(each) for each in outputs]


def _is_joined(part: Any, target: Node) -> bool:
    """`EXISTS (SELECT … FROM the same table AS b WHERE b.id = a.id)`."""
    kind, node = node_kind(part)
    if kind != "SubLink" or node.get("subLinkType") != "EXISTS_SUBLINK":
        return False
    _, select = node_kind(node.get("subselect"))
    where = {"whereClause": select.get("whereClause")}
    if _whole({"SelectStmt": {key: each for key, each in select.items() if key not in where}}, target) is None:
        return False
    kind, test = node_kind(where["whereClause"])
    left, right = as_column(test.get("lexpr")), as_column(test.get("rexpr"))
    return kind == "A_Expr" and string_values(test.get("name")) == ["="] and left == right is not None


def _between_edges(part: Any, target: Node) -> bool:
    """`id >= (SELECT min(id) FROM the same table)`, `id <= (SELECT max(id) …)`."""
    return _either_way(part, lambda column, operator, other: _is_edge(column, operator, other, target))


def _is_edge(column: str, operator: str, other: Any, target: Node) -> bool:
    kind, link = node_kind(other)
    select = _whole(link.get("subselect"), target) if kind == "SubLink" else None
    if select is None or len(select.get("targetList", ())) != 1:
        return False
    _, call = node_kind(select["targetList"][0].get("ResTarget", {}).get("val"))
    edge = {">=": ["min"], "<=": ["max"]}.get(operator)
    return string_values(call.get("funcname"))[-1:] == edge and [as_column(each) for each in call.get("args", ())] == [
        column
    ]


def _floor(part: Any, target: Node) -> bool:
    """`id > 0`, `created_at <= now()`: true of every existing row."""
    return _either_way(part, _is_floor)


def _span(part: Any, target: Node) -> bool:
    """`id BETWEEN 0 AND 9223372036854775807`."""
    kind, node = node_kind(part)
    column = as_column(node.get("lexpr")) if kind == "A_Expr" and node.get("kind") == "AEXPR_BETWEEN" else None
    _, bounds = node_kind(node.get("rexpr"))
    low, high = [*bounds.get("items", ()), None, None][:2]
    if column is None or not _is_floor(column, ">=", low):
        return False
    value = constant(high or {})[1]
    return value is not None and value.isdecimal() and int(value) >= _LARGEST_INTEGER


def _is_floor(column: str, operator: str, other: Any) -> bool:
    if _BIRTH.fullmatch(column) and operator in ("<", "<="):
        return _is_now(other)
    known, value = constant(other or {})
    if not known or value is None or not _KEY.fullmatch(column):
        return False
    try:
        number = int(value)
    except ValueError:
        return False
    return number <= {">": 0, ">=": 1}.get(operator, number - 1)


def _is_now(tree: Any) -> bool:
    kind, node = node_kind(tree)
    if kind == "SQLValueFunction":
        return node.get("op") in ("SVFOP_CURRENT_TIMESTAMP", "SVFOP_CURRENT_DATE", "SVFOP_LOCALTIMESTAMP")
    return kind == "FuncCall" and string_values(node.get("funcname"))[-1:] in [[name] for name in _NOW]


def _either_way(part: Any, look: Callable[[str, str, Any], bool]) -> bool:
    """A comparison of a column with something, in either order."""
    kind, node = node_kind(part)
    if kind != "A_Expr" or node.get("kind") != "AEXPR_OP":
        return False
    operator = "".join(string_values(node.get("name")))
    left, right = node.get("lexpr"), node.get("rexpr")
    column = as_column(left)
    if column is not None:
        return look(column, operator, right)
    column = as_column(right)
    return column is not None and look(column, _TURNED.get(operator, ""), left)


def _whole(tree: Any, target: Node) -> Node | None:
    """The query if it selects all rows of the table `target`, else None."""
    _, select = node_kind(tree)
    sources = [node_kind(item) for item in select.get("fromClause", ())]
    if _NARROWING & _is_filled(select) or len(sources) != 1 or sources[0][0] != "RangeVar":
        return None
    same = all(sources[0][1].get(field) == target.get(field) for field in ("relname", "schemaname"))
    return select if same else None


def _is_filled(select: Node) -> set[str]:
    """The clauses of a query that are not empty."""
    found = {field for field in select if field not in ("op", "whereClause")}
    if select.get("op", "SETOP_NONE") != "SETOP_NONE":
        found.add("op")
    if "whereClause" in select and not always_value(select["whereClause"]):
        found.add("whereClause")
    return found
