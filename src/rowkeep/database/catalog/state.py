"""Reads the state of a database: everything that a plan needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.rows import TupleRow

from rowkeep.database.connection.session import Question, Session, run_queries
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
    name = (history.schema, history.table)
    servers, checks, ledgers = session.ask_together(
        Question("history.server", {"schema": history.schema, "table": history.table}),
        Question("own_tables.check", session.own_tables.check_values(name)),
        Question("ledger.readable"),
    )
    database, role, superuser, recovering, read_only, now, zone, history_exists = servers[0][:8]
    ledger_exists, may_create, may_fill, may_use = servers[0][8:]
    access = LedgerAccess.ABSENT if may_create else LedgerAccess.FORBIDDEN
    may_read = False
    if ledger_exists:
        access, may_read = _access_without_reading(ledgers[0], may_fill and may_use)
    if history_exists or may_read:
        session.own_tables.note(session.connection, checks)
    else:
        session.own_tables.note_trusted(checks)
    rows, edition, may_write, records, checkpoints = _read_tables(session, history, history_exists, may_read)
    if may_read:
        writable = may_write and (edition >= EDITION or (may_fill and may_use))
        access = LedgerAccess.WRITABLE if writable else LedgerAccess.LOCKED
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
        ledger_exists,
    )


def _access_without_reading(tables: TupleRow, may_fill: bool) -> tuple[LedgerAccess, bool]:
    """What may be done with the ledger, as far as the catalog says, and whether it can be read."""
    readable, complete, absent = tables
    if not complete:
        if may_fill:
            return LedgerAccess.ABSENT, False
        # The schema may exist for the database's mark alone, without a ledger.
        return LedgerAccess.FORBIDDEN if absent else LedgerAccess.LOCKED, False
    return LedgerAccess.LOCKED, readable


def _read_tables(
    session: Session, history: HistoryTable, history_exists: bool, may_read: bool
) -> tuple[tuple[HistoryRow, ...], int, bool, dict[int, LedgerText], tuple[Checkpoint, ...]]:
    """The rows of history; the ledger's edition, whether it may be written, its records and its checkpoints."""
    questions = []
    if may_read:
        key = {"history": history.key}
        questions += [
            Question("ledger.access"),
            Question("ledger.applied_texts", key),
            Question("ledger.checkpoints", key),
        ]
    if history_exists:
        questions.append(Question("history.rows", identifiers={"history": (history.schema, history.table)}))
    answers = session.ask_together(*questions) if questions else []
    rows = tuple(HistoryRow(*columns) for columns in answers.pop()) if history_exists else ()
    if not may_read:
        return rows, 0, False, {}, ()
    [(edition, may_write)], texts, marks = answers
    if not edition:
        return rows, 0, may_write, {}, ()
    records = {
        history_id: LedgerText(entry, Checksum(raw, token), EntryOutcome(outcome))
        for history_id, entry, raw, token, outcome in texts
    }
    checkpoints = tuple(
        Checkpoint(migration, direction, index, checksum, StatementMark(mark), message)
        for migration, direction, index, checksum, mark, message in marks
    )
    return rows, edition, may_write, records, checkpoints
