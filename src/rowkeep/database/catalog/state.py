"""Reads the state of a database: everything that a plan needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rowkeep.database.connection.session import Session, run_queries
from rowkeep.database.store.ledger import EDITION
from rowkeep.domain.history.ledger import (
    Checkpoint,
    Checksum,
    EntryOutcome,
    HistoryRow,
    HistoryTable,
    LedgerText,
    StatementMark,
)
from rowkeep.domain.history.state import LedgerAccess, State

if TYPE_CHECKING:
    from rowkeep.config import Settings


def read_state(session: Session, settings: Settings) -> State:
    """The state of the database that `session` is connected to."""
    return read_state_of(session, HistoryTable(settings.history_schema, settings.history_table))


def read_state_of(session: Session, history: HistoryTable) -> State:
    """As `read_state`, for a history table by name."""
    with run_queries("the database could not be looked at", history.key):
        return _read(session, history)


def _read(session: Session, history: HistoryTable) -> State:
    row = session.ask("history.server", {"schema": history.schema, "table": history.table})[0]
    database, role, superuser, recovering, read_only, now, zone, history_exists = row[:8]
    ledger_exists, may_create, may_fill, may_use = row[8:]
    rows: tuple[HistoryRow, ...] = ()
    if history_exists:
        listed = session.ask("history.rows", history=(history.schema, history.table))
        rows = tuple(HistoryRow(*columns) for columns in listed)
    edition, access = 0, LedgerAccess.ABSENT if may_create else LedgerAccess.FORBIDDEN
    records: dict[int, LedgerText] = {}
    checkpoints: tuple[Checkpoint, ...] = ()
    if ledger_exists:
        edition, access = _ledger(session, may_fill and may_use)
        if edition:
            records = _records(session, history)
            checkpoints = _checkpoints(session, history)
    return State(
        session.version_num,
        database,
        role,
        superuser,
        recovering,
        read_only,
        now,
        zone,
        history,
        history_exists,
        rows,
        edition,
        access,
        records,
        checkpoints,
    )


def _ledger(session: Session, may_fill: bool) -> tuple[int, LedgerAccess]:
    readable, complete, absent = session.ask("ledger.readable")[0]
    if not complete:
        if may_fill:
            return 0, LedgerAccess.ABSENT
        # The schema may exist for the database's mark alone, without a ledger.
        return 0, LedgerAccess.FORBIDDEN if absent else LedgerAccess.LOCKED
    if not readable:
        return 0, LedgerAccess.LOCKED
    edition, may_write = session.ask("ledger.access")[0]
    if (edition or 0) < EDITION and not may_fill:
        return edition or 0, LedgerAccess.LOCKED
    return edition or 0, LedgerAccess.WRITABLE if may_write else LedgerAccess.LOCKED


def _records(session: Session, history: HistoryTable) -> dict[int, LedgerText]:
    rows = session.ask("ledger.applied_texts", {"history": history.key})
    return {
        history_id: LedgerText(entry, Checksum(raw, token), EntryOutcome(outcome))
        for history_id, entry, raw, token, outcome in rows
    }


def _checkpoints(session: Session, history: HistoryTable) -> tuple[Checkpoint, ...]:
    rows = session.ask("ledger.checkpoints", {"history": history.key})
    return tuple(
        Checkpoint(migration, direction, index, checksum, StatementMark(mark), message)
        for migration, direction, index, checksum, mark, message in rows
    )
