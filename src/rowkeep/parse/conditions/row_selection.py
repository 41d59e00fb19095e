"""Whether a WHERE chooses rows of its table, or a join or a sub-select makes it meaningless."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rowkeep.domain.operation import EVERY_ROW, Condition, RowReach
from rowkeep.parse.conditions.always_true import always_value, read_where
from rowkeep.parse.conditions.always_true_joins import (
    alias_names,
    as_column,
    assumption,
    joins_itself,
    matches_all_rows,
    whole_copies,
    whole_with_queries,
)
from rowkeep.parse.expression import constant, expression
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.reader import StatementReader
from rowkeep.parse.tree import collect_nodes, node_kind, string_values

_COLUMNS = frozenset({"ColumnRef"})
_CALLS = frozenset({"FuncCall"})
_EDGES = (["min"], ["max"])


def row_condition(reader: StatementReader, statement: Node, beside: str) -> Condition:
    """The WHERE of an UPDATE or DELETE. beside: the clause of other relations (`fromClause`, `usingClause`).

    A WHERE on the other relations only selects every row of the target as soon as they have a row. A condition on
    another reference to the target, or on a WITH query that returns all of it, does choose rows.
    """
    where, target, others = statement.get("whereClause"), statement["relation"], statement.get(beside, ())
    found = read_where(reader, where)
    if where is None:
        return found
    alike = whole_with_queries(statement.get("withClause", {}).get("ctes", ()), target)
    names, twins = alias_names(target), whole_copies(others, target, alike)
    own = [part for part in split_conjuncts(where) if not others or _concerns(part, names | twins)]
    reach, assumed = found.reach, ""
    if reach is RowReach.SOME and all(
        always_value(part) or matches_all_rows(part, target, alike) or joins_itself(part, names, twins) for part in own
    ):
        reach = RowReach.ALL
        assumed = next(filter(None, map(assumption, own)), "")
    present = [_present(part) for part in own]
    only = frozenset(column for column in present if column is not None) if None not in present else frozenset()
    return Condition(reach, found.expression, any(selects_rows(part) for part in own), only, assumed)


def read_condition(reader: StatementReader, select: Node) -> Condition:
    """The WHERE of a SELECT; a join's ON counts as one.

    `SELECT max(id) FROM a` counts as choosing: an index answers it.
    """
    where = select.get("whereClause")
    if "fromClause" not in select or (where is None and _is_edge(select)):
        return Condition(RowReach.SOME, picks=True)
    if where is not None:
        found = read_where(reader, where)
        return Condition(found.reach, found.expression, any(selects_rows(part) for part in split_conjuncts(where)))
    joins = any("JoinExpr" in item for item in select.get("fromClause", ()))
    return Condition(RowReach.SOME, expression(reader, select["fromClause"][0])) if joins else EVERY_ROW


def _is_edge(select: Node) -> bool:
    """Whether a query of one table returns only minimum and maximum values of its columns, or expressions of them."""
    if len(select["fromClause"]) != 1:
        return False
    targets = [item.get("ResTarget", {}).get("val") for item in select.get("targetList", ())]
    calls = [node for _, node in collect_nodes(targets, _CALLS)]
    edges = [node for node in calls if string_values(node.get("funcname"))[-1:] in _EDGES]
    inside = sum(len(collect_nodes(node, _COLUMNS)) for node in edges)
    return 0 < inside == len(collect_nodes(targets, _COLUMNS)) + sum("agg_star" in node for node in calls)


def split_conjuncts(tree: Any) -> Iterator[Any]:
    """The conditions joined by AND."""
    stack = [tree]
    while stack:
        part = stack.pop()
        kind, node = node_kind(part)
        if kind == "BoolExpr" and node.get("boolop") == "AND_EXPR":
            stack.extend(reversed(node.get("args", ())))
        else:
            yield part


def selects_rows(tree: Any, depth: int = 0) -> bool:
    """Whether a condition chooses rows by value or key. Assumed if it is not understood."""
    kind, node = node_kind(tree)
    match kind:
        case "BoolExpr" if depth < 60:
            arguments = node.get("args", ())
            match node.get("boolop"):
                case "AND_EXPR":
                    return any(selects_rows(each, depth + 1) for each in arguments)
                case "OR_EXPR":
                    return all(selects_rows(each, depth + 1) for each in arguments)
            return node_kind(arguments[0])[0] == "SubLink"
        case "NullTest" | "BooleanTest" | "ColumnRef" | "A_Const" | "TypeCast":
            return False
        case "A_Expr":
            operator = "".join(string_values(node.get("name")))
            return operator not in ("<>", "!=") and node.get("kind") != "AEXPR_DISTINCT" and not _boolean(node)
    return True


def _boolean(node: Node) -> bool:
    """`archived = false` counts as `NOT archived`."""
    return any("boolval" in node_kind(node.get(side))[1] for side in ("lexpr", "rexpr") if node.get(side))


def _concerns(part: Any, names: frozenset[str]) -> bool:
    """Whether a condition concerns the target: an unqualified column may belong to it."""
    columns = [string_values(node.get("fields")) for _, node in collect_nodes(part, _COLUMNS)]
    return not columns or any(len(parts) < 2 or parts[-2] in names for parts in columns)


def _present(part: Any) -> str | None:
    """The column if the condition only requires that it is not NULL."""
    kind, node = node_kind(part)
    if kind == "BoolExpr" and node.get("boolop") == "NOT_EXPR":
        kind, node = node_kind(node["args"][0])
        test_type = "IS_NULL"
    else:
        test_type = "IS_NOT_NULL"
    if kind == "A_Expr" and node.get("kind") == "AEXPR_DISTINCT" and test_type == "IS_NOT_NULL":
        is_null = constant(node.get("rexpr", {})) == (True, None)
        return as_column(node.get("lexpr")) if is_null else None
    if kind != "NullTest" or node.get("nulltesttype") != test_type or constant(node.get("arg", {}))[0]:
        return None
    return as_column(node.get("arg"))


def skips_existing_rows(select: Node) -> bool:
    """Whether the query of an INSERT skips existing rows: NOT EXISTS, NOT IN, EXCEPT, an anti-join."""
    if select.get("op") == "SETOP_EXCEPT":
        return True
    outer = any(node_kind(item)[1].get("jointype") == "JOIN_LEFT" for item in select.get("fromClause", ()))
    for part in split_conjuncts(select.get("whereClause")):
        kind, node = node_kind(part)
        denied = kind == "BoolExpr" and node.get("boolop") == "NOT_EXPR" and node_kind(node["args"][0])[0] == "SubLink"
        empty = kind == "NullTest" and node.get("nulltesttype") == "IS_NULL"
        if denied or (outer and empty):
            return True
    return False
