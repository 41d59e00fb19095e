"""The ledger: our own tables beside the history."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import psycopg

from rowkeep.database.connection.session import Question, Session, run_queries
from rowkeep.domain.history.ledger import EntryOutcome, HistoryEntry, RunMetadata
from rowkeep.domain.history.state import State
from rowkeep.domain.plan import MigrationStatus, Plan
from rowkeep.version import VERSION

EDITION = 1
"""The newest edition of the ledger's tables. `ledger.create_edition_<n>` makes edition n out of edition n - 1."""


MOST_TOGETHER = 500
"""Queries that are sent in one round trip: their texts are in memory twice."""


def start_run(session: Session, plan: Plan, run: str, run_metadata: RunMetadata, prepare: Sequence[bytes]) -> None:
    """Create the tables that are absent, and record that a run begins: all or nothing, in one round trip if possible.

    prepare: commands that the run will send often, to prepare in the same round trip. Raises psycopg.Error, Refused.
    """
    questions = _start_questions(plan, run, run_metadata, plan.ledger_schema)
    creates = plan.create_history or (plan.ledger and plan.edition < EDITION)
    if len(questions) <= MOST_TOGETHER:
        try:
            session.do_together(questions, creates_own_tables=creates, prepare=prepare)
        except psycopg.Error:
            # Something is not as expected. Nothing is done; one query after another says exactly what it is.
            if session.connection.closed:
                raise
        else:
            return
    with session.connection.transaction():
        record_run(session, plan, run, run_metadata)


def record_run(session: Session, plan: Plan, run: str, run_metadata: RunMetadata) -> None:
    """As `start_run`, one query after another, in a transaction that the caller has opened."""
    schema = plan.ledger and plan.edition == 0 and session.ask("ledger.schema_exists")[0][0]
    for name, values, identifiers in _start_questions(plan, run, run_metadata, schema):
        session.do(name, values, **identifiers)


def _start_questions(plan: Plan, run: str, run_metadata: RunMetadata, schema_exists: bool) -> list[Question]:
    questions = []
    if plan.create_history:
        history = {"history": (plan.history.schema, plan.history.table)}
        questions.append(Question("history.create", identifiers=history))
    if not plan.ledger:
        return questions
    if plan.edition == 0 and not schema_exists:
        questions.append(Question("ledger.create_schema"))
    questions += [Question(f"ledger.create_edition_{n}") for n in range(plan.edition + 1, EDITION + 1)]
    start = {
        "run": run,
        "history": plan.history.key,
        "command": run_metadata.command,
        "os_user": run_metadata.os_user,
        "host": run_metadata.host,
        "commit": run_metadata.commit,
        "dirty": run_metadata.dirty,
        "tool_version": VERSION,
        "details": json.dumps(dict(run_metadata.details), default=str),
    }
    questions.append(Question("ledger.start_run", start))
    for settled in plan.settled:
        text = {
            "run": run,
            "history": plan.history.key,
            "history_id": settled.row.id,
            "migration": settled.name,
            "outcome": (EntryOutcome.ACCEPTED if settled.accepted else EntryOutcome.ADOPTED).value,
            "raw": settled.checksum.raw,
            "token": settled.checksum.token,
            "text": settled.text,
            "message": settled.because,
        }
        questions.append(Question("ledger.record_text", text))
    return questions


def has_ledger_schema(session: Session) -> bool:
    """Whether the schema of the ledger exists by now. Raises Failed or Unreachable."""
    with run_queries("the ledger cannot be looked for"):
        exists: bool = session.ask("ledger.schema_exists")[0][0]
    return exists


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
