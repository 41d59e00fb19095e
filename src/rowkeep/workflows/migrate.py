"""`up`, `down` and `redo`: read, look, plan, carry out, under the run lock from the look to the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rowkeep import files
from rowkeep.config import Settings
from rowkeep.database.catalog.state import read_state
from rowkeep.database.connection import run_lock
from rowkeep.database.connection.session import Session, connect
from rowkeep.database.connection.session_policy import apply_session_policy, hold_run_lock, session_policy
from rowkeep.database.store.ledger import read_texts
from rowkeep.domain.deploy.review import Review
from rowkeep.domain.event import Emit, Noted
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.plan import Plan, Request, RunResult, Survey, TransactionMode
from rowkeep.errors import RowkeepError
from rowkeep.plan.plan import make_plan
from rowkeep.plan.survey import make_survey
from rowkeep.workflows import review
from rowkeep.workflows.confirmation import Consent, permit_undo

if TYPE_CHECKING:
    from rowkeep.programs.node_pg_migrate import NodePgMigrate

UNASKED = Consent()
"""Nobody is there: what needs a confirmation is refused."""


def migrate(
    settings: Settings,
    conninfo: str,
    request: Request,
    run_metadata: Callable[[], RunMetadata],
    emit: Emit,
    consent: Consent = UNASKED,
    reviewed: Review | None = None,
) -> RunResult:
    """Apply or undo what `request` asks for. circumstances: asked for only where something is to be done.

    consent: how a person agrees to what production asks about. reviewed: do exactly what this review of the same
    request shows.
    Raises Refused, Misused, Busy, BackupFailed, Failed, HalfDone, Interrupted, Unreachable, with the state of the
    database.
    """
    rules, directory = session_policy(settings), files.read(settings)
    with connect(conninfo) as session:
        apply_session_policy(session, rules)
        with hold_run_lock(session, rules, emit) as ended:
            found = make_survey(directory, read_state(session, settings))
            plan = make_plan_for(session, found, request)
            if reviewed is not None:
                review.require_reviewed(session, settings, found, plan, reviewed)
            for note in plan.notes:
                emit(Noted(note))
            for warning in plan.warnings:
                emit(Noted(warning, warning=True))
            if plan.idle:
                return RunResult(plan)
            from rowkeep.database.executor.run_plan import execute_plan

            tool = _old_tool(plan)
            who = run_lock.with_ended_orphans(run_metadata(), ended)
            who = who if reviewed is None else review.add_review_metadata(who, reviewed)
            allowed = permit_undo(session, conninfo, settings, found, plan, consent, who, emit)
            try:
                carried = execute_plan(
                    session, plan, emit, rules=rules, run_metadata=allowed.run_metadata, old_tool=tool
                )
            except RowkeepError as error:
                if allowed.backup is not None:
                    error.instead += (f"rowkeep restore {allowed.backup} --into NEWDB   (as it was before)",)
                raise
            return replace(carried, backup=allowed.backup)


def _old_tool(plan: Plan) -> NodePgMigrate | None:
    """The project's node-pg-migrate, where the plan hands something over. Raises ProgramMissing, Refused."""
    handed = [step for step in plan.steps if step.mode is TransactionMode.HANDED]
    if not handed:
        return None
    from rowkeep.programs import node_pg_migrate

    return node_pg_migrate.find_node_pg_migrate(Path(handed[0].migration.path).absolute().parent)


def read_survey(session: Session, settings: Settings) -> Survey:
    """Where every migration stands."""
    return make_survey(files.read(settings), read_state(session, settings))


@contextmanager
def open_survey(settings: Settings, conninfo: str) -> Iterator[tuple[Session, Survey]]:
    """A session that only looks, and where every migration stands."""
    with connect(conninfo) as session:
        yield session, read_survey(session, settings)


def plan_migrations(settings: Settings, conninfo: str, request: Request) -> Plan:
    """What `change` would do now. Changes nothing and takes no lock."""
    with open_survey(settings, conninfo) as (session, found):
        return make_plan_for(session, found, request)


def make_plan_for(session: Session, found: Survey, request: Request) -> Plan:
    """The plan that answers `request`. Raises what `plan.make` raises."""
    return make_plan(found, request, read_texts(session, found.changed))
