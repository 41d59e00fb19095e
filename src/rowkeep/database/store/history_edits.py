"""Writes a history edit to history and ledger, in one transaction, without running a migration."""

from __future__ import annotations

import uuid

import psycopg

from rowkeep.database.connection.session import Session
from rowkeep.database.store import ledger
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.history.history_edit import HistoryEdit
from rowkeep.domain.history.ledger import Checksum, EntryOutcome, RunMetadata
from rowkeep.domain.migration import Direction
from rowkeep.errors import Failed


def write_history_edit(session: Session, edit: HistoryEdit, run_metadata: RunMetadata) -> None:
    """Write the edit. The caller holds the run lock. Raises Failed with nothing changed."""
    try:
        with session.connection.transaction():
            _write(session, edit, run_metadata)
    except psycopg.Error as error:
        raise Failed(
            f"`{edit.request.matter.value}` could not be recorded",
            code=ErrorCode.BOOKKEEPING_FAILED,
            where=edit.frame.history.key,
            why=str(error).strip(),
            sqlstate=error.sqlstate,
            instead=("rowkeep doctor", "rowkeep status"),
        ) from None


def _write(session: Session, edit: HistoryEdit, run_metadata: RunMetadata) -> None:
    frame, run = edit.frame, str(uuid.uuid4())
    history = (frame.history.schema, frame.history.table)
    ledger.record_run(session, frame, run, run_metadata)

    def record(
        name: str, row: int, direction: Direction, outcome: EntryOutcome, checksum: Checksum, text: str
    ) -> None:
        session.do("ledger.delete_all_checkpoints", {"history": frame.history.key, "migration": name})
        session.do(
            "ledger.record_history_edit",
            {
                "run": run,
                "history": frame.history.key,
                "history_id": row,
                "migration": name,
                "direction": direction.value,
                "outcome": outcome.value,
                "raw": checksum.raw,
                "token": checksum.token,
                "text": text,
                "message": edit.request.because,
            },
        )

    for removed in edit.removed:
        session.ask("history.delete", {"row": removed.row.id}, history=history)
        record(removed.name, removed.row.id, Direction.DOWN, EntryOutcome.UNMARKED, removed.checksum, "")
    for entered in edit.entered:
        values = {"name": entered.name, "run_on": entered.run_on, "floor": frame.floor}
        row = session.ask("history.insert", values, history=history)[0][0]
        record(entered.name, row, Direction.UP, EntryOutcome.MARKED, entered.checksum, entered.text)
    session.do("ledger.finish_run", {"run": run, "outcome": "done", "details": "{}"})
