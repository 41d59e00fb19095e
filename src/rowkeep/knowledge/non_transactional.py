"""Commands that PostgreSQL refuses in a transaction block, and so in functions and DO blocks (SQLSTATE 25001)."""

from __future__ import annotations

from rowkeep.domain.operation import (
    AlterSystem,
    Cluster,
    CreateIndex,
    CreateObject,
    DetachPartition,
    DropObject,
    ObjectKind,
    Operation,
    Reindex,
    Vacuum,
)

_WHOLE = (ObjectKind.DATABASE, ObjectKind.TABLESPACE)


def find_non_transactional_command(operation: Operation) -> str:
    """The command if it cannot run in a transaction block; '' for every other operation."""
    match operation:
        case CreateIndex(concurrently=True):
            return "CREATE INDEX CONCURRENTLY"
        case DropObject(kind=ObjectKind.INDEX, concurrently=True):
            return "DROP INDEX CONCURRENTLY"
        case Reindex(concurrently=True):
            return "REINDEX CONCURRENTLY"
        case Reindex(kind="SCHEMA" | "DATABASE" | "SYSTEM" as kind):
            return f"REINDEX {kind}"
        case DetachPartition(concurrently=True):
            return "DETACH PARTITION CONCURRENTLY"
        case Vacuum():
            return "VACUUM"
        case Cluster(table=None):
            return "CLUSTER of all tables"
        case AlterSystem():
            return "ALTER SYSTEM"
        case CreateObject(kind=kind) if kind in _WHOLE:
            return f"CREATE {kind.value.upper()}"
        case DropObject(kind=kind) if kind in _WHOLE:
            return f"DROP {kind.value.upper()}"
    return ""
