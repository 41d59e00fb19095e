"""Which old values an UPDATE, upsert or MERGE loses, and whether it can change many rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rowkeep.domain.operation import FrameKind
from rowkeep.parse.conditions.always_true_joins import alias_names, as_column
from rowkeep.parse.conditions.row_selection import split_conjuncts
from rowkeep.parse.expression import constant
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.reader import StatementReader
from rowkeep.parse.tree import collect_nodes, node_kind, string_values

_REVERSIBLE = frozenset({"+", "-", "||"})
"""With a constant on the other side, the old value can be computed from the new one."""
_COLUMNS = frozenset({"ColumnRef"})
_FEWER = frozenset({"limitCount", "limitOffset", "distinctClause", "groupClause", "havingClause"})
_BODIES = (FrameKind.DO, FrameKind.FUNCTION, FrameKind.EXECUTE)


def lost_columns(relation: Node, targets: Iterable[Node], conditions: Iterable[Any]) -> tuple[str, ...]:
    """The columns that get a new value and whose old value is neither kept nor tested.

    relation: the RangeVar that is changed. targets: ResTarget nodes. conditions: true of each row that
    changes.
    """
    known, names = list(conditions), alias_names(relation)
    found = []
    for item in targets:
        target = item["ResTarget"]
        name = target.get("name", "")
        kept = "indirection" not in target and _keeps(name, target.get("val"), names)
        if not kept and not any(_names_value(part, name) for part in known):
            found.append(name)
    return tuple(dict.fromkeys(found))


def rows_condition(statement: Node, others: Iterable[Node]) -> list[Any]:
    """The conditions on the rows of an UPDATE, including those of a batch (sub-select) of the same table."""
    found = list(split_conjuncts(statement.get("whereClause")))
    target = statement["relation"]
    queries = [node_kind(item)[1].get("subquery") for item in others]
    ctes = statement.get("withClause", {}).get("ctes", ())
    queries += [node_kind(each)[1].get("ctequery") for each in ctes]
    for part in list(found):
        queries.extend(_chosen_from(part))
    for query in queries:
        kind, select = node_kind(query)
        sources = [node_kind(item) for item in select.get("fromClause", ())] if kind == "SelectStmt" else []
        if any(node.get("relname") == target.get("relname") for source, node in sources if source == "RangeVar"):
            found.extend(split_conjuncts(select.get("whereClause")))
    return [part for part in found if part]


def _chosen_from(part: Any) -> Iterator[Any]:
    """The sub-select of `id IN (SELECT …)`, `id = ANY (SELECT …)`, `id = ANY (ARRAY (SELECT …))`."""
    kind, node = node_kind(part)
    if kind == "A_Expr" and node.get("kind") == "AEXPR_OP_ANY":
        kind, node = node_kind(node.get("rexpr"))
    if kind == "SubLink" and node.get("subLinkType") in ("ANY_SUBLINK", "ARRAY_SUBLINK"):
        yield node.get("subselect")


def fixed_columns(reader: StatementReader, statement: Node, others: Iterable[Node]) -> frozenset[str]:
    """The columns of the target that are compared with a few constants: `id = 5`, `code IN ('a', 'b')`."""
    names = alias_names(statement["relation"])
    joined = any(True for _ in others)
    in_body = any(frame.kind in _BODIES for frame in reader.inside)
    found = set()
    for part in split_conjuncts(statement.get("whereClause")):
        kind, node = node_kind(part)
        if kind != "A_Expr" or string_values(node.get("name")) != ["="]:
            continue
        sides = [(node.get("lexpr"), node.get("rexpr")), (node.get("rexpr"), node.get("lexpr"))]
        for own, other in sides if node.get("kind") == "AEXPR_OP" else sides[:1]:
            column = as_column(own)
            if column is None or not _is_of(own, names):
                continue
            if _is_given(other, names, joined=joined, in_body=in_body):
                found.add(column)
    return frozenset(found)


def _is_of(column: Any, names: frozenset[str]) -> bool:
    parts = string_values(node_kind(column)[1].get("fields"))
    return len(parts) < 2 or parts[-2] in names


def _is_given(tree: Any, names: frozenset[str], *, joined: bool, in_body: bool) -> bool:
    """Whether it is one value, or a list of constants. In a body a name may be a variable."""
    kind, node = node_kind(tree)
    if kind == "List":
        return all(_is_given(each, names, joined=joined, in_body=in_body) for each in node.get("items", ()))
    if kind == "SubLink":
        return node.get("subLinkType") == "EXPR_SUBLINK"
    for _, column in collect_nodes({kind: node} if kind else {}, _COLUMNS):
        parts = string_values(column.get("fields"))
        if joined or not in_body or (len(parts) > 1 and parts[-2] in names):
            return False
    return not collect_nodes({kind: node} if kind else {}, frozenset({"SubLink"}))


def _keeps(name: str, value: Any, names: frozenset[str]) -> bool:
    """Whether the new value is the old one, or contains it: `coalesce(a, …)`, `a + 1`, a CASE that only fills NULL."""
    kind, node = node_kind(value)
    match kind:
        case "ColumnRef":
            parts = string_values(node.get("fields"))
            return parts[-1:] == [name] and (len(parts) < 2 or parts[-2] in names)
        case "CoalesceExpr":
            return _keeps(name, next(iter(node.get("args", ())), None), names)
        case "A_Expr" if node.get("kind") == "AEXPR_OP" and "".join(string_values(node.get("name"))) in _REVERSIBLE:
            left, right = node.get("lexpr", {}), node.get("rexpr", {})
            if string_values(node.get("name")) == ["-"] and _is_text(right):
                return False
            return any(
                _keeps(name, own, names) and constant(other) not in ((False, None), (True, None))
                for own, other in ((left, right), (right, left))
            )
        case "CaseExpr":
            results = [node_kind(each)[1] for each in node.get("args", ())]
            other_results = [each.get("result") for each in results if not _names_value(each.get("expr"), name)]
            rest = node.get("defresult")
            return rest is not None and all(_keeps(name, each, names) for each in (rest, *other_results))
    return False


def _is_text(tree: Any) -> bool:
    """Whether it is a text, or a list of texts: `data - 'key'` removes a key of a jsonb, with its value."""
    kind, node = node_kind(tree)
    if kind == "TypeCast":
        return string_values(node["typeName"].get("names"))[-1:] == ["text"] and _is_text(node.get("arg"))
    return kind == "A_Const" and "sval" in node


def _names_value(part: Any, name: str) -> bool:
    """Whether the condition allows only one old value: NULL, a constant, true or false."""
    kind, node = node_kind(part)
    match kind:
        case "NullTest":
            return node.get("nulltesttype") == "IS_NULL" and as_column(node.get("arg")) == name
        case "BooleanTest":
            return "NOT" not in node.get("booltesttype", "") and as_column(node.get("arg")) == name
        case "ColumnRef":
            return as_column(part) == name
        case "BoolExpr" if node.get("boolop") == "NOT_EXPR":
            return as_column(node["args"][0]) == name
        case "BoolExpr" if node.get("boolop") == "OR_EXPR":
            arms = list(node.get("args", ()))
            values = {_value(arm, name) for arm in arms} - {None}
            return len(values) <= 1 and all(_names_value(arm, name) for arm in arms)
        case "A_Expr":
            return _value(part, name) is not None
    return False


def _value(part: Any, name: str) -> str | None:
    """The constant that the column, or `coalesce(column, …)`, must be equal to."""
    kind, node = node_kind(part)
    if kind != "A_Expr" or node.get("kind") != "AEXPR_OP" or string_values(node.get("name")) != ["="]:
        return None
    for own, other in ((node.get("lexpr"), node.get("rexpr")), (node.get("rexpr"), node.get("lexpr"))):
        inner, coalesced = node_kind(own)
        if inner == "CoalesceExpr":
            first, *rest = coalesced.get("args", ())
            own = first if [constant(each) for each in rest] == [constant(other or {})] else None
        known, value = constant(other or {})
        if known and value is not None and as_column(own) == name:
            return value
    return None


def is_small_source(relation: Any) -> bool:
    """Whether a MERGE takes its rows from a list of constants, or from a SELECT without a table."""
    kind, node = node_kind(relation)
    if kind != "RangeSubselect":
        return False
    _, select = node_kind(node.get("subquery"))
    return "valuesLists" in select or ("fromClause" not in select and "larg" not in select)


def copied_columns(select: Node) -> frozenset[str]:
    """The columns that a query copies unchanged, `*` for all; empty if it may exclude rows."""
    found: set[str] = set()
    if not _FEWER.isdisjoint(select):
        return frozenset()
    for item in select.get("targetList", ()):
        kind, node = node_kind(item.get("ResTarget", {}).get("val"))
        if kind == "ColumnRef":
            star = any("A_Star" in each for each in node.get("fields", ()))
            found.update({"*"} if star else string_values(node.get("fields"))[-1:])
    return frozenset(found)
