"""The session, the transaction, the server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rowkeep.domain.operation import AlterSystem, FrameKind, Harmless, Operation, SetVariable, Transaction
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.operations.data import operations_of_query
from rowkeep.parse.operations.registry import Handler, operations_of
from rowkeep.parse.operations.statement_options import option_text
from rowkeep.parse.reader import StatementReader
from rowkeep.parse.transaction import read_boolean_option
from rowkeep.parse.tree import node_kind

_ACTIONS = {
    "START": "BEGIN",
    "ROLLBACK_TO": "ROLLBACK TO",
    "COMMIT_PREPARED": "COMMIT PREPARED",
    "ROLLBACK_PREPARED": "ROLLBACK PREPARED",
}


def transaction(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """BEGIN, COMMIT, SAVEPOINT …"""
    word = node.get("kind", "").removeprefix("TRANS_STMT_")
    name = node.get("savepoint_name") or node.get("gid") or ""
    yield Transaction(reader.whole, reader.inside, _ACTIONS.get(word, word), name, bool(node.get("chain")))


def variable(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """SET and RESET."""
    yield SetVariable(reader.whole, reader.inside, *_setting(node), bool(node.get("is_local")))


def _setting(node: Node) -> tuple[str, str | None]:
    kind = node.get("kind", "")
    name = node.get("name", "all").lower()
    if kind in ("VAR_RESET", "VAR_RESET_ALL", "VAR_SET_DEFAULT"):
        return name, None
    return name, ", ".join(option_text(value) for value in node.get("args", ()))


def system(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """ALTER SYSTEM."""
    yield AlterSystem(reader.whole, reader.inside, *_setting(node.get("setstmt", {})))


def explain(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """EXPLAIN; with ANALYZE it runs what it explains."""
    if read_boolean_option(node.get("options"), "analyze", absent=False):
        kind, inner = node_kind(node["query"])
        yield from operations_of(reader.within(FrameKind.EXPLAIN, reader.whole), kind, inner)
    else:
        yield Harmless(reader.whole, reader.inside, "ExplainStmt")


def cursor(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """DECLARE CURSOR."""
    yield from operations_of_query(reader, node["query"])


def _harmless(node_type: str) -> Callable[[StatementReader, Node], Iterable[Operation]]:
    return lambda reader, node: (Harmless(reader.whole, reader.inside, node_type),)


_HARMLESS = (
    "VariableShowStmt",
    "NotifyStmt",
    "ListenStmt",
    "UnlistenStmt",
    "CheckPointStmt",
    "DiscardStmt",
    "ConstraintsSetStmt",
    "ClosePortalStmt",
    "FetchStmt",
    "DeallocateStmt",
)

HANDLERS: dict[str, Handler] = {
    "TransactionStmt": transaction,
    "VariableSetStmt": variable,
    "AlterSystemStmt": system,
    "ExplainStmt": explain,
    "DeclareCursorStmt": cursor,
    **{kind: _harmless(kind) for kind in _HARMLESS},
}
