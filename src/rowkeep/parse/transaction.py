"""Whether a statement can run in a transaction block (PostgreSQL's PreventInTransactionBlock, majors 14-18)."""

from __future__ import annotations

from typing import Any

from rowkeep.domain.statement import TransactionUse
from rowkeep.parse.libpg_query import Node

_ENDS_OR_BEGINS = frozenset(
    {"TRANS_STMT_BEGIN", "TRANS_STMT_START", "TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK", "TRANS_STMT_PREPARE"}
)
_NEVER_INSIDE = frozenset(
    {
        "AlterSystemStmt",
        "CreatedbStmt",
        "DropdbStmt",
        "CreateTableSpaceStmt",
        "DropTableSpaceStmt",
        # If it has a replication slot, which is the usual case.
        "DropSubscriptionStmt",
    }
)
_WHOLE = frozenset({"REINDEX_OBJECT_SCHEMA", "REINDEX_OBJECT_SYSTEM", "REINDEX_OBJECT_DATABASE"})
_REFRESHES = frozenset(
    {
        "ALTER_SUBSCRIPTION_SET_PUBLICATION",
        "ALTER_SUBSCRIPTION_ADD_PUBLICATION",
        "ALTER_SUBSCRIPTION_DROP_PUBLICATION",
    }
)


def transaction_use(kind: str, node: Node) -> TransactionUse:
    """Whether the statement `node` of node type `kind` can run in a transaction block.

    If only the database knows, the usual case is assumed: REINDEX and CLUSTER of a partitioned table count as ANY.
    """
    if kind == "TransactionStmt":
        action = node.get("kind")
        if action in _ENDS_OR_BEGINS:
            return TransactionUse.CONTROL
        prepared = action in ("TRANS_STMT_COMMIT_PREPARED", "TRANS_STMT_ROLLBACK_PREPARED")
        return TransactionUse.OUTSIDE if prepared else TransactionUse.ANY
    return TransactionUse.OUTSIDE if kind in _NEVER_INSIDE or _alone(kind, node) else TransactionUse.ANY


def _alone(kind: str, node: Node) -> bool:
    match kind:
        case "IndexStmt" | "DropStmt":
            return bool(node.get("concurrent"))
        case "ReindexStmt":
            return node.get("kind") in _WHOLE or read_boolean_option(node.get("params"), "concurrently", absent=False)
        case "VacuumStmt":
            return bool(node.get("is_vacuumcmd"))
        case "ClusterStmt":
            return "relation" not in node
        case "DiscardStmt":
            return node.get("target") == "DISCARD_ALL"
        case "AlterDatabaseStmt":
            return any(item["DefElem"]["defname"] == "tablespace" for item in node.get("options", ()))
        case "AlterTableStmt":
            return any(_detaches_concurrently(item["AlterTableCmd"]) for item in node.get("cmds", ()))
        case "CreateSubscriptionStmt":
            options = node.get("options")
            return read_boolean_option(options, "connect", absent=True) and read_boolean_option(
                options, "create_slot", absent=True
            )
        case "AlterSubscriptionStmt":
            return _alone_for_subscription(node)
    return False


def _detaches_concurrently(command: Node) -> bool:
    if command.get("subtype") != "AT_DetachPartition":
        return False
    return bool(command.get("def", {}).get("PartitionCmd", {}).get("concurrent"))


def _alone_for_subscription(node: Node) -> bool:
    action, options = node.get("kind"), node.get("options")
    if action in _REFRESHES:
        return read_boolean_option(options, "refresh", absent=True)
    if action == "ALTER_SUBSCRIPTION_OPTIONS":
        return any(item["DefElem"]["defname"] in ("failover", "two_phase") for item in options or ())
    return bool(action == "ALTER_SUBSCRIPTION_REFRESH_PUBLICATION" or action == "ALTER_SUBSCRIPTION_REFRESH")


def read_boolean_option(items: list[Node] | None, name: str, *, absent: bool) -> bool:
    """The truth of the option `name` in a WITH (…) or (…) list, as PostgreSQL's defGetBoolean reads it."""
    for item in items or ():
        element = item["DefElem"]
        if element["defname"].lower() == name:
            return _truth(element.get("arg"))
    return absent


def _truth(value: Any) -> bool:
    if value is None:
        return True
    (kind, inner), *_ = value.items()
    match kind:
        case "Boolean":
            return bool(inner.get("boolval"))
        case "Integer":
            return bool(inner.get("ival"))
        case "String":
            return str(inner.get("sval")).lower() in ("true", "on", "yes", "1")
    return True
