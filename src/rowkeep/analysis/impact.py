"""The impact of a finding on a real database: which table, how large, who waits and for how long."""

from __future__ import annotations

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import (
    AddConstraint,
    AttachPartition,
    ConstraintKind,
    CreateIndex,
    CreateTable,
    Delete,
    DropColumn,
    DropObject,
    LockTable,
    Merge,
    Name,
    ObjectKind,
    Operation,
    Refresh,
    Reindex,
    Update,
)
from rowkeep.domain.schema.live_facts import Impact, LiveTable
from rowkeep.domain.schema.schema_state import LIVE
from rowkeep.knowledge.locks import locks_of
from rowkeep.knowledge.throughput import TableWork, estimate_seconds

_BUILT = (ConstraintKind.UNIQUE, ConstraintKind.PRIMARY_KEY, ConstraintKind.EXCLUDE)
_TOLD = (Category.DATA, Category.LOCK)


def find_impact(rule: Rule, operation: Operation, context: Context) -> Impact | None:
    """The first table that the operation locks and whose size is known; None without one, or if it does not matter."""
    if rule.category not in _TOLD:
        return None
    for name, mode in _locked_tables(operation, context):
        table = context.table(name)
        if table is not None and table.live is not None:
            return _stake(rule, operation, table.live, mode)
    return None


def is_small(rule: Rule, operation: Operation, context: Context, limit: int) -> bool:
    """Whether the operation is over at once: every table that makes others wait is known to be at most `limit` bytes.

    A lock by hand lasts as long as the transaction, and a materialized view says nothing of its query.
    """
    if rule.category is not Category.LOCK or isinstance(operation, LockTable | Refresh):
        return False
    tables = [context.table(name) for name, _ in _locked_tables(operation, context)]
    counted = [table.live for table in tables if table is not None and table.live is not None]
    small = all(each.bytes is not None and each.bytes <= limit and each.kind != "f" for each in counted)
    return bool(counted) and small and all(table is not None and table.is_complete for table in tables)


def does_nothing(operation: Operation, context: Context) -> bool:
    """Whether nothing is lost and nobody waits: its object does not exist, or what it creates exists already."""
    match operation:
        case DropObject(kind=ObjectKind.INDEX, name=name):
            return context.is_absent(name)
        case DropColumn(table=table, column=column) if context.lacks(table, column):
            return True
        case CreateIndex(index=Name() as name, if_not_exists=True, table=table):
            found = context.index(Name(name.name, context.key(table)[0]))
            return found is not None and found.migration == LIVE
        case CreateTable(table=name, if_not_exists=True):
            known = context.table(name)
            return known is not None and known.live is not None
        case CreateTable():
            return False
    named = locks_of(operation)
    return bool(named) and context.is_absent(named[0][0])


def _locked_tables(operation: Operation, context: Context) -> tuple[tuple[Name, LockMode], ...]:
    if isinstance(operation, DropObject) and operation.kind is ObjectKind.INDEX:
        index = context.index(operation.name)
        mode = LockMode.SHARE_UPDATE_EXCLUSIVE if operation.concurrently else LockMode.ACCESS_EXCLUSIVE
        return ((Name(index.table[1], index.table[0]), mode),) if index is not None else ()
    return locks_of(operation)


def _stake(rule: Rule, operation: Operation, live: LiveTable, mode: LockMode) -> Impact:
    work = _work(rule, operation)
    blocks = "reads and writes" if mode.blocks_reads else "writes" if mode.blocks_writes else ""
    lasting = estimate_seconds(work, live.heap_bytes, live.index_bytes) if work is not None else None
    return Impact(
        live.key[1],
        live.rows,
        live.bytes,
        live.indexes,
        live.partitions,
        live.writes_per_s,
        live.is_empty,
        blocks,
        lasting,
    )


def _work(rule: Rule, operation: Operation) -> TableWork | None:
    """What PostgreSQL does with the table meanwhile, according to the operation and the claims of the rule."""
    if rule.category is not Category.LOCK or isinstance(
        operation, Refresh | LockTable | CreateTable | AttachPartition
    ):
        return None
    match operation:
        case CreateIndex() | Reindex():
            return TableWork.BUILD
        case AddConstraint(constraint=constraint) if constraint.kind in _BUILT and constraint.using_index is None:
            return TableWork.BUILD
        case AddConstraint(constraint=constraint) if constraint.kind is ConstraintKind.FOREIGN_KEY:
            return TableWork.KEY
        case Update() | Delete() | Merge():
            return TableWork.CHANGE
    if any(claim.rewrites for claim in rule.claims):
        return TableWork.REWRITE
    if rule.name.endswith("builds-index"):
        return TableWork.BUILD
    return TableWork.SCAN if any(claim.scans for claim in rule.claims) else None
