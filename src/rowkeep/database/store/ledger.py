"""The ledger: our own tables beside the history."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from rowkeep.database.connection.session import Session
from rowkeep.domain.history.ledger import EntryOutcome, HistoryEntry, RunMetadata
from rowkeep.domain.history.state import State
from rowkeep.domain.plan import MigrationStatus, Plan
from rowkeep.version import VERSION

EDITION = 1
"""The newest edition of the ledger's tables. `ledger.create_edition_<n>` makes edition n out of edition n - 1."""


def start_run(session: Session, plan: Plan, run: str, run_metadata: RunMetadata) -> None:
    """Create the tables that are absent, and record that a run begins. The caller has opened a transaction."""
    if plan.create_history:
        session.do("history.create", history=(plan.history.schema, plan.history.table))
    if not plan.ledger:
        return
    if plan.edition == 0 and not session.ask("ledger.schema_exists")[0][0]:
        session.do("ledger.create_schema")
    for edition in range(plan.edition + 1, EDITION + 1):
        session.do(f"ledger.create_edition_{edition}")
    session.do(
        "ledger.start_run",
        {
            "run": run,
            "history": plan.history.key,
            "command": run_metadata.command,
            "os_user": run_metadata.os_user,
            "host": run_metadata.host,
            "commit": run_metadata.commit,
            "dirty": run_metadata.dirty,
            "tool_version": VERSION,
            "details": json.dumps(dict(run_metadata.details), default=str),
        },
    )
    for settled in plan.settled:
        session.do(
            "ledger.record_text",
            {
                "run": run,
                "history": plan.history.key,
                "history_id": settled.row.id,
                "migration": settled.name,
                "outcome": (EntryOutcome.ACCEPTED if settled.accepted else EntryOutcome.ADOPTED).value,
                "raw": settled.checksum.raw,
                "token": settled.checksum.token,
                "text": settled.text,
                "message": settled.because,
            },
        )


def read_texts(session: Session, standings: Iterable[MigrationStatus]) -> Mapping[str, str]:
    """The texts that were applied, by migration name, as far as the ledger has them."""
    names = {item.record.entry: item.name for item in standings if item.record is not None}
    if not names:
        return {}
    return {names[entry]: text for entry, text in session.ask("ledger.texts", {"entries": list(names)})}


def read_history(session: Session, state: State) -> tuple[HistoryEntry, ...]:
    """All entries, oldest first: those of the ledger, and the rows of history that another tool wrote."""
    entries = session.ask("ledger.entries", {"history": state.history.key}) if state.edition else []
    rows = {row.id: row for row in state.rows}
    ours = {row[3] for row in entries if row[1] in (EntryOutcome.APPLIED.value, EntryOutcome.MARKED.value)}
    history = [
        HistoryEntry(name, EntryOutcome(outcome), at, rows[row].run_on if row in rows else None, row in rows, *rest)
        for name, outcome, at, row, *rest in entries
    ]
    history += [
        HistoryEntry(row.name, EntryOutcome.APPLIED, row.run_on, row.run_on, True)
        for row in state.rows
        if row.id not in ours
    ]
    return tuple(sorted(history, key=lambda entry: entry.at))
