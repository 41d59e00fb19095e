"""Rows: INSERT, UPDATE, DELETE, MERGE, SELECT with their WITH queries and calls, COPY, LOCK."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.operation import (
    EVERY_ROW,
    CallFunction,
    Copy,
    CreateTable,
    Delete,
    ExecutePrepared,
    FrameKind,
    Insert,
    LockTable,
    Merge,
    Name,
    Operation,
    Read,
    RowReach,
    Unjudged,
    Update,
)
from rowkeep.parse.conditions.always_true import is_too_deep
from rowkeep.parse.conditions.always_true_joins import alias_names as called_by
from rowkeep.parse.conditions.overwritten_values import (
    copied_columns,
    fixed_columns,
    is_small_source,
    lost_columns,
    rows_condition,
)
from rowkeep.parse.conditions.row_selection import read_condition, row_condition, skips_existing_rows, split_conjuncts
from rowkeep.parse.expression import call
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.name_faults import find_repeated_columns
from rowkeep.parse.operations.registry import Handler
from rowkeep.parse.operations.set_config import set_config
from rowkeep.parse.operations.sql_runners import RUN_TEXT, run_text
from rowkeep.parse.operations.statement_options import persistence
from rowkeep.parse.reader import StatementReader, as_name
from rowkeep.parse.tree import collect_nodes, node_kind, string_values

_STRENGTHS = {
    "LCS_FORUPDATE": "FOR UPDATE",
    "LCS_FORNOKEYUPDATE": "FOR NO KEY UPDATE",
    "LCS_FORSHARE": "FOR SHARE",
    "LCS_FORKEYSHARE": "FOR KEY SHARE",
}
_SELECTS = frozenset({"SelectStmt"})
_COLUMNS = frozenset({"ColumnRef"})
_LACKED = "MERGE_WHEN_NOT_MATCHED_BY_SOURCE"
_CALLS = frozenset({"FuncCall"})
RELATIONS = frozenset({"CommonTableExpr", "RangeVar"})
"""The kinds of nodes that tell which relations a query reads."""
_PARTS = RELATIONS | {"FuncCall"}
Parts = list[tuple[str, Node]]
"""The result of `collect_nodes`."""
_LOCK_MODES = list(LockMode)


def operations_of_query(reader: StatementReader, tree: Node) -> Iterator[Operation]:
    """Everything that the query `tree` (one tagged node) does: itself, its WITH queries, its calls."""
    kind, node = node_kind(tree)
    parts = collect_nodes(tree, _PARTS)
    top = _CHANGES.get(kind)
    if top is not None:
        yield from top(reader, node)
    elif kind == "SelectStmt":
        yield from _select(reader, node, parts)
    elif kind == "ExecuteStmt":
        # CREATE TABLE … AS EXECUTE: what is prepared runs now.
        yield ExecutePrepared(reader.whole, reader.inside, as_name(node["name"]))
    yield from _with_queries(reader, parts)
    yield from _calls(reader, parts, _purpose(node) if kind == "SelectStmt" else frozenset())


def calls_in(reader: StatementReader, tree: Node, *, for_effect: bool = False) -> Iterator[Operation]:
    """Every function call in `tree`; set_config() as a SET.

    for_effect: the purpose of the query `tree` is its calls (PERFORM, and the expressions of PL/pgSQL).
    """
    purpose = _purpose(node_kind(tree)[1]) if for_effect else frozenset()
    return _calls(reader, collect_nodes(tree, _CALLS), purpose)


def _calls(reader: StatementReader, parts: Parts, purpose: frozenset[int]) -> Iterator[Operation]:
    """purpose: the locations of the calls that are the only purpose of the statement."""
    for kind, node in parts:
        if kind == "FuncCall":
            location = node.get("location")
            operation = CallFunction(reader.token(location), reader.inside, call(reader, node), location in purpose)
            yield set_config(operation) or operation
            if operation.call.name.name in RUN_TEXT:
                yield from run_text(reader, operation, node)


def _purpose(select: Node) -> frozenset[int]:
    """`SELECT f()` and `SELECT * FROM f()`: the purpose of a query without tables is its functions."""
    sources = [node_kind(item) for item in select.get("fromClause", ())]
    if any(kind != "RangeFunction" for kind, _ in sources):
        return frozenset()
    targets = [item.get("ResTarget", {}).get("val") for item in select.get("targetList", ())]
    rows = [value for row in select.get("valuesLists", ()) for value in row.get("List", {}).get("items", ())]
    outer = [*targets, *rows, *(function for _, node in sources for function in _functions(node))]
    calls = (node_kind(value) for value in outer)
    return frozenset(node["location"] for kind, node in calls if kind == "FuncCall" and "location" in node)


def _functions(source: Node) -> Iterator[Node]:
    for item in source.get("functions", ()):
        yield from item.get("List", {}).get("items", ())[:1]


def _with_queries(reader: StatementReader, parts: Parts) -> Iterator[Operation]:
    """Changes made by WITH queries anywhere in the statement."""
    for kind, node in parts:
        if kind != "CommonTableExpr":
            continue
        inner_kind, inner = node_kind(node.get("ctequery"))
        change = _CHANGES.get(inner_kind)
        if change is not None:
            frame = reader.within(FrameKind.QUERY, reader.token(node.get("location")), node.get("ctename", ""))
            yield from change(frame, inner)


def _select(reader: StatementReader, node: Node, parts: Parts) -> Iterator[Operation]:
    into = node.get("intoClause")
    if into is not None:
        name = reader.name(into["rel"])
        kept = persistence(into["rel"])
        yield CreateTable(
            reader.whole,
            reader.inside,
            name,
            persistence=kept,
            from_query=True,
            reads=relations_of(reader, parts),
            takes=copied_columns(node),
            where=read_condition(reader, node),
        )
    locking = node if "lockingClause" in node else _locking(node)
    strengths = [item["LockingClause"].get("strength", "") for item in locking.get("lockingClause", ())]
    locks = _STRENGTHS.get(strengths[0], "") if strengths else ""
    source = locking if locks else node
    where, limited = read_condition(reader, source), "limitCount" in source
    yield Read(reader.whole, reader.inside, relations_of(reader, parts), locks, where, limited)


def _locking(node: Node) -> Node:
    """The first sub-select that locks rows, or nothing."""
    return next((each for _, each in collect_nodes(node, _SELECTS) if "lockingClause" in each), {})


def tables_read(reader: StatementReader, tree: Node) -> tuple[Name, ...]:
    """The relations that a query names, without those that its own WITH defines."""
    return relations_of(reader, collect_nodes(tree, RELATIONS))


def relations_of(reader: StatementReader, parts: Parts) -> tuple[Name, ...]:
    """The same, from the nodes of `RELATIONS` in the query; other nodes among them do not matter."""
    defined = {node.get("ctename", "") for kind, node in parts if kind == "CommonTableExpr"}
    found = (reader.name(node) for kind, node in parts if kind == "RangeVar")
    return tuple(dict.fromkeys(name for name in found if name.schema or name.name not in defined))


def _insert(reader: StatementReader, node: Node) -> Iterator[Operation]:
    table = reader.name(node["relation"])
    columns = tuple(as_name(item["ResTarget"].get("name", "")) for item in node.get("cols", ()))
    _, source = node_kind(node.get("selectStmt"))
    rows = len(source["valuesLists"]) if "valuesLists" in source else None
    conflict = node.get("onConflictClause", {})
    action = conflict.get("action", "").removeprefix("ONCONFLICT_").lower()
    from_query = bool(source) and rows is None
    yield Insert(
        reader.whole,
        reader.inside,
        table,
        columns,
        from_query,
        rows,
        "" if action == "none" else action,
        tables_read(reader, {"SelectStmt": source}) if from_query else (),
        read_condition(reader, source) if from_query else EVERY_ROW,
        from_query and skips_existing_rows(source),
        copied_columns(source) if from_query else frozenset(),
        tuple(as_name(name) for name in _conflicting(node["relation"], conflict)),
    )
    yield from find_repeated_columns(reader, _whole_columns(node.get("cols", ())))


def _conflicting(relation: Node, conflict: Node) -> tuple[str, ...]:
    """The columns that ON CONFLICT DO UPDATE overwrites."""
    return lost_columns(relation, conflict.get("targetList", ()), split_conjuncts(conflict.get("whereClause")))


def _whole_columns(targets: Iterable[Node]) -> Iterator[str]:
    """The columns that are written as a whole; `tags[1]` and `tags[2]` may both be assigned."""
    return (item["ResTarget"].get("name", "") for item in targets if "indirection" not in item["ResTarget"])


def _update(reader: StatementReader, node: Node) -> Iterator[Operation]:
    where = node.get("whereClause")
    columns = tuple(as_name(item["ResTarget"].get("name", "")) for item in node.get("targetList", ()))
    joined = "fromClause" in node
    reach = row_condition(reader, node, "fromClause")
    limited = (joined and reach.reach is not RowReach.ALL) or _has_limit(where)
    adds_up = tuple(as_name(name) for name in _own_values(node.get("targetList", ())))
    table = reader.name(node["relation"])
    copies = tuple(_copies(node.get("targetList", ()), called_by(node["relation"]))) if not joined else ()
    others = node.get("fromClause", ())
    loses = lost_columns(node["relation"], node.get("targetList", ()), rows_condition(node, others))
    yield Update(
        reader.whole,
        reader.inside,
        table,
        columns,
        reach,
        limited,
        adds_up,
        copies,
        tuple(as_name(name) for name in loses),
        fixed_columns(reader, node, others),
    )
    yield from _depth(reader, where)
    yield from find_repeated_columns(reader, _whole_columns(node.get("targetList", ())))


def _depth(reader: StatementReader, where: Node | None) -> Iterator[Operation]:
    """A condition that is too deep to analyze may exclude no row at all."""
    if is_too_deep(where):
        yield Unjudged(reader.whole, reader.inside, "which rows it changes", "its condition is nested too deeply")


def _own_values(targets: Iterable[Node]) -> Iterator[str]:
    """The columns whose new value is computed from their old value."""
    for item in targets:
        target = item["ResTarget"]
        kind, value = node_kind(target.get("val"))
        if kind in ("A_Expr", "FuncCall", "TypeCast") and any(
            string_values(node.get("fields"))[-1:] == [target.get("name")]
            for _, node in collect_nodes({kind: value}, _COLUMNS)
        ):
            yield target["name"]


def _copies(targets: Iterable[Node], names: frozenset[str]) -> Iterator[tuple[Name, Name]]:
    """The columns that are set to another column, unchanged or as text, so that nothing is lost."""
    for item in targets:
        target = item["ResTarget"]
        kind, value = node_kind(target.get("val"))
        if kind == "MultiAssignRef":
            # SET (a, b) = (c, d)
            row = node_kind(value.get("source"))[1].get("args", ())
            kind, value = node_kind(row[value["colno"] - 1]) if len(row) == value.get("ncolumns") else ("", {})
        if kind == "TypeCast" and string_values(value.get("typeName", {}).get("names"))[-1:] == ["text"]:
            kind, value = node_kind(value.get("arg"))
        source = string_values(value.get("fields")) if kind == "ColumnRef" else []
        own = len(source) < 2 or source[-2] in names
        if source and own and "indirection" not in target:
            yield as_name(target["name"]), as_name(source[-1])


def _delete(reader: StatementReader, node: Node) -> Iterator[Operation]:
    where = node.get("whereClause")
    joined = "usingClause" in node
    reach = row_condition(reader, node, "usingClause")
    limited = (joined and reach.reach is not RowReach.ALL) or _has_limit(where)
    yield Delete(reader.whole, reader.inside, reader.name(node["relation"]), reach, limited)
    yield from _depth(reader, where)


def _as_joined(merge: Node) -> Node:
    """A MERGE as a DELETE … USING with the same rows."""
    joined = {"relation": merge["relation"], "usingClause": [merge.get("sourceRelation", {})]}
    if "joinCondition" in merge:
        joined["whereClause"] = merge["joinCondition"]
    return {**joined, "withClause": merge.get("withClause", {})}


def _has_limit(where: Node | None) -> bool:
    return any("limitCount" in node for _, node in collect_nodes(where or {}, _SELECTS))


def _merge(reader: StatementReader, node: Node) -> Iterator[Operation]:
    branches = [item["MergeWhenClause"] for item in node.get("mergeWhenClauses", ())]
    commands = {branch.get("commandType") for branch in branches}
    changing = [branch for branch in branches if branch.get("commandType") == "CMD_UPDATE"]
    loses = (
        lost_columns(node["relation"], branch.get("targetList", ()), split_conjuncts(branch.get("condition")))
        for branch in changing
    )
    removing = [branch for branch in branches if branch.get("commandType") == "CMD_DELETE"]
    yield Merge(
        reader.whole,
        reader.inside,
        reader.name(node["relation"]),
        "CMD_DELETE" in commands,
        "CMD_UPDATE" in commands,
        "CMD_INSERT" in commands,
        any(branch.get("matchKind") == _LACKED for branch in branches),
        row_condition(reader, _as_joined(node), "usingClause"),
        any(branch.get("matchKind") == _LACKED for branch in removing),
        all("condition" in branch for branch in removing),
        tuple(as_name(name) for name in dict.fromkeys(name for names in loses for name in names)),
        is_small_source(node.get("sourceRelation")),
    )
    yield from _depth(reader, node.get("joinCondition"))


def copy(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """COPY."""
    table = reader.name(node["relation"]) if "relation" in node else None
    program = bool(node.get("is_program"))
    yield Copy(reader.whole, reader.inside, table, bool(node.get("is_from")), node.get("filename", ""), program)
    if "query" in node:
        yield from operations_of_query(reader, node["query"])


def lock(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """LOCK TABLE, one operation per table."""
    mode = _LOCK_MODES[node.get("mode", 8) - 1].value
    for table in reader.names(node.get("relations")):
        yield LockTable(reader.whole, reader.inside, table, mode, bool(node.get("nowait")))


def procedure(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CALL."""
    inner = node["funccall"]
    yield CallFunction(reader.whole, reader.inside, call(reader, inner), for_effect=True, is_procedure=True)
    yield from calls_in(reader, {"List": {"items": inner.get("args", [])}})


_CHANGES: dict[str, Callable[[StatementReader, Node], Iterator[Operation]]] = {
    "InsertStmt": _insert,
    "UpdateStmt": _update,
    "DeleteStmt": _delete,
    "MergeStmt": _merge,
}


def _query(kind: str) -> Callable[[StatementReader, Node], Iterable[Operation]]:
    return lambda reader, node: operations_of_query(reader, {kind: node})


HANDLERS: dict[str, Handler] = {
    **{kind: _query(kind) for kind in ("SelectStmt", *_CHANGES)},
    "CopyStmt": copy,
    "LockStmt": lock,
    "CallStmt": procedure,
}
