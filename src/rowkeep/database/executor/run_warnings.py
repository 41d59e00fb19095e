"""Warnings before a run begins: standbys, settings of the role, hidden rows, collations that have changed."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg.rows import TupleRow

from rowkeep.database.connection.session import Question, Session
from rowkeep.database.executor.lock_precheck import find_needed_locks
from rowkeep.database.executor.run_context import RunContext
from rowkeep.domain.doctor_facts import Collation
from rowkeep.domain.event import Noted
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.operation import Delete, Merge, Update

Rows = list[TupleRow]


def warn_before_run(context: RunContext) -> None:
    """Emit all warnings. What they need to know is asked in one round trip; what is refused, warns of nothing."""
    questions: dict[str, Question] = {}
    if _takes_access_exclusive(context):
        questions["standbys"] = Question("locks.standbys")
    if changed := _changed_tables(context):
        values = {
            "names": [name for _, name in changed],
            "schemas": [schema for schema, _ in changed],
            "path": list(context.policy.schemas),
        }
        questions["hidden rows"] = Question("locks.hidden_rows", values)
    if context.session.major >= 15:
        questions["database collation"] = Question("doctor.database_collation_from15")
    questions["collations"] = Question("doctor.collations")
    answers = _ask(context.session, questions)
    _warn_about_standbys(context, answers.get("standbys", []))
    _warn_about_settings(context)
    _warn_about_hidden_rows(context, answers.get("hidden rows", []))
    _warn_about_collations(context, answers.get("database collation", []), answers.get("collations", []))


def _ask(session: Session, questions: Mapping[str, Question]) -> dict[str, Rows]:
    """The rows of each question, without those that are refused."""
    try:
        return dict(zip(questions, session.ask_together(*questions.values()), strict=True))
    except psycopg.Error:
        pass
    answers = {}
    for key, question in questions.items():
        try:
            answers[key] = session.ask(question.name, question.values)
        except psycopg.Error:
            continue
    return answers


def _takes_access_exclusive(context: RunContext) -> bool:
    statements = (piece.statement for step in context.plan.steps for piece in step.pieces)
    return LockMode.ACCESS_EXCLUSIVE in find_needed_locks(statements).values()


def _changed_tables(context: RunContext) -> set[tuple[str | None, str]]:
    """The tables whose rows are updated, deleted or merged, by schema and name."""
    operations = (
        operation
        for step in context.plan.steps
        for piece in step.pieces
        for operation in piece.statement.operations
        if isinstance(operation, Update | Delete | Merge)
    )
    return {
        (operation.table.schema, operation.table.name) for operation in operations if not operation.table.is_unknown
    }


def _warn_about_standbys(context: RunContext, rows: Rows) -> None:
    """Warn if readers on a standby will wait: the lock is replayed there, and no setting of this run limits that."""
    standbys = [name for (name,) in rows]
    if standbys:
        context.emit(
            Noted(
                f"{len(standbys)} standby(s) follow this server ({', '.join(dict.fromkeys(standbys))}): a long query "
                "there makes every other reader of the changed table wait until it ends or "
                "max_standby_streaming_delay has passed; lock_timeout does not reach that far",
                warning=True,
            )
        )


def _warn_about_settings(context: RunContext) -> None:
    """Warn about a role's setting that this run overrides, and about one that it cannot override."""
    before = context.session.own.before
    if before["default_transaction_read_only"] == "on":
        context.emit(
            Noted(
                "default_transaction_read_only is on for this role or database: this run overrides it, and writes",
                warning=True,
            )
        )
    role = before["session_replication_role"]
    if role != "origin" and "session_replication_role" not in context.session.own.ours:
        context.emit(
            Noted(
                f"session_replication_role is {role} for this role, and only a superuser may override it: "
                "foreign keys are not checked and triggers do not fire in this run",
                warning=True,
            )
        )


def _warn_about_collations(context: RunContext, databases: Rows, collations: Rows) -> None:
    """Warn if text sorts differently than when indexes were built: lookups may miss rows."""
    moved = []
    for now, recorded in databases:
        if recorded and now != recorded:
            moved.append(f"the database's own, from {recorded} to {now or 'none'}")
    for row in collations:
        collation = Collation(*row)
        if collation.moved and collation.indexes:
            moved.append(f"{collation.name}, from {collation.recorded} to {collation.now or 'none'}")
    if moved:
        context.emit(
            Noted(
                f"the version of a collation has changed since indexes were built ({'; '.join(moved)}): they may be "
                "out of order, so that rows are not found and unique keys are there twice; `rowkeep doctor` says "
                "what to do",
                warning=True,
            )
        )


def _warn_about_hidden_rows(context: RunContext, rows: Rows) -> None:
    """Warn if row security hides rows from this role: an UPDATE or DELETE then changes fewer rows, or none."""
    for schema, name, forced in rows:
        why = "FORCE ROW LEVEL SECURITY holds for its owner too" if forced else "this role is not its owner"
        context.emit(
            Noted(
                f"row security hides rows of {schema}.{name} from this role ({why}): an UPDATE or DELETE changes only "
                "the rows that its policies show, perhaps none; a role with BYPASSRLS sees all",
                warning=True,
            )
        )
