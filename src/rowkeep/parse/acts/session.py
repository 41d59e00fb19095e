"""The session, the transaction, the server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rowkeep.domain.act import Act, AlterSystem, FrameKind, Harmless, SetVariable, Transaction
from rowkeep.parse.acts.data import queried
from rowkeep.parse.acts.options import option_text
from rowkeep.parse.library import Node
from rowkeep.parse.reader import Reader
from rowkeep.parse.transaction import option

_ACTIONS = {
    "START": "BEGIN",
    "ROLLBACK_TO": "ROLLBACK TO",
    "COMMIT_PREPARED": "COMMIT PREPARED",
    "ROLLBACK_PREPARED": "ROLLBACK PREPARED",
}


def transaction(reader: Reader, node: Node) -> Iterator[Act]:
    """BEGIN, COMMIT, SAVEPOINT …"""
    word = node.get("kind", "").removeprefix("TRANS_STMT_")
    name = node.get("savepoint_name") or node.get("gid") or ""
    yield Transaction(reader.whole, reader.inside, _ACTIONS.get(word, word), name, bool(node.get("chain")))


def variable(reader: Reader, node: Node) -> Iterator[Act]:
    """SET and RESET."""
    yield SetVariable(reader.whole, reader.inside, *_setting(node), bool(node.get("is_local")))


def _setting(node: Node) -> tuple[str, str | None]:
    kind = node.get("kind", "")
    name = node.get("name", "all").lower()
    if kind in ("VAR_RESET", "VAR_RESET_ALL", "VAR_SET_DEFAULT"):
        return name, None
    return name, ", ".join(option_text(value) for value in node.get("args", ()))


def system(reader: Reader, node: Node) -> Iterator[Act]:
    """ALTER SYSTEM."""
    yield AlterSystem(reader.whole, reader.inside, *_setting(node.get("setstmt", {})))


def explain(reader: Reader, node: Node) -> Iterator[Act]:
    """EXPLAIN; with ANALYZE it runs what it explains."""
    from rowkeep.parse.acts.dispatch import acts
    from rowkeep.parse.tree import tagged

    if option(node.get("options"), "analyze", absent=False):
        kind, inner = tagged(node["query"])
        yield from acts(reader.within(FrameKind.EXPLAIN, reader.whole), kind, inner)
    else:
        yield Harmless(reader.whole, reader.inside, "ExplainStmt")


def cursor(reader: Reader, node: Node) -> Iterator[Act]:
    """DECLARE CURSOR."""
    yield from queried(reader, node["query"])


def _harmless(node_type: str) -> Callable[[Reader, Node], Iterable[Act]]:
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

HANDLERS: dict[str, Callable[[Reader, Node], Iterable[Act]]] = {
    "TransactionStmt": transaction,
    "VariableSetStmt": variable,
    "AlterSystemStmt": system,
    "ExplainStmt": explain,
    "DeclareCursorStmt": cursor,
    **{kind: _harmless(kind) for kind in _HARMLESS},
}
