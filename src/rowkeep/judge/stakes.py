"""What stands behind a finding in a real database: which table, how large, and for how long who waits."""

from __future__ import annotations

from rowkeep.domain.act import (
    Act,
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
    Refresh,
    Reindex,
    Update,
)
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Promise
from rowkeep.domain.known import LIVE
from rowkeep.domain.live import LiveTable, Stake
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Rule
from rowkeep.knowledge.locks import locks
from rowkeep.knowledge.rates import Work, seconds

_BUILT = (ConstraintKind.UNIQUE, ConstraintKind.PRIMARY_KEY, ConstraintKind.EXCLUDE)
_TOLD = (Promise.DATA, Promise.LOCK)


def stake(rule: Rule, act: Act, context: Context) -> Stake | None:
    """The first table that the act locks and the server has counted; None without one, or where it does not matter."""
    if rule.promise not in _TOLD:
        return None
    for name, mode in _touched(act, context):
        table = context.table(name)
        if table is not None and table.live is not None:
            return _stake(rule, act, table.live, mode)
    return None


def is_small(rule: Rule, act: Act, context: Context, limit: int) -> bool:
    """Whether the act is over in no time: every table that makes somebody wait is known to be no larger than `limit`.

    A lock by hand lasts as long as the transaction, and a materialized view says nothing of its query.
    """
    if rule.promise is not Promise.LOCK or isinstance(act, LockTable | Refresh):
        return False
    tables = [context.table(name) for name, _ in _touched(act, context)]
    counted = [table.live for table in tables if table is not None and table.live is not None]
    small = all(each.bytes is not None and each.bytes <= limit and each.kind != "f" for each in counted)
    return bool(counted) and small and all(table is not None and table.is_complete for table in tables)


def does_nothing(act: Act, context: Context) -> bool:
    """Whether there is nothing to lose and nobody to wait: what it acts on is not there, or what it makes is there."""
    match act:
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
    named = locks(act)
    return bool(named) and context.is_absent(named[0][0])


def _touched(act: Act, context: Context) -> tuple[tuple[Name, LockMode], ...]:
    if isinstance(act, DropObject) and act.kind is ObjectKind.INDEX:
        index = context.index(act.name)
        mode = LockMode.SHARE_UPDATE_EXCLUSIVE if act.concurrently else LockMode.ACCESS_EXCLUSIVE
        return ((Name(index.table[1], index.table[0]), mode),) if index is not None else ()
    return locks(act)


def _stake(rule: Rule, act: Act, live: LiveTable, mode: LockMode) -> Stake:
    work = _work(rule, act)
    blocks = "reads and writes" if mode.blocks_reads else "writes" if mode.blocks_writes else ""
    lasting = seconds(work, live.heap_bytes, live.index_bytes) if work is not None else None
    return Stake(
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


def _work(rule: Rule, act: Act) -> Work | None:
    """What PostgreSQL does with the table meanwhile, by the act and by what the rule claims."""
    if rule.promise is not Promise.LOCK or isinstance(act, Refresh | LockTable | CreateTable | AttachPartition):
        return None
    match act:
        case CreateIndex() | Reindex():
            return Work.BUILD
        case AddConstraint(constraint=constraint) if constraint.kind in _BUILT and constraint.using_index is None:
            return Work.BUILD
        case AddConstraint(constraint=constraint) if constraint.kind is ConstraintKind.FOREIGN_KEY:
            return Work.KEY
        case Update() | Delete() | Merge():
            return Work.CHANGE
    if any(claim.rewrites for claim in rule.claims):
        return Work.REWRITE
    if rule.name.endswith("builds-index"):
        return Work.BUILD
    return Work.SCAN if any(claim.scans for claim in rule.claims) else None
