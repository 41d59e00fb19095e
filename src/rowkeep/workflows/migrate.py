"""`up`, `down` and `redo`: survey, plan and apply, all under the run lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rowkeep import files
from rowkeep.config import Settings
from rowkeep.database.catalog.state import read_state
from rowkeep.database.connection.session import Session, connect
from rowkeep.database.store.ledger import read_texts
from rowkeep.domain.deploy.guard import GuardPolicy
from rowkeep.domain.deploy.review import Review
from rowkeep.domain.event import Emit, Noted
from rowkeep.domain.frozen import replace
from rowkeep.domain.plan import Action, Plan, Request, RunResult, Survey, TransactionMode
from rowkeep.errors import RowkeepError
from rowkeep.plan.plan import make_plan
from rowkeep.plan.survey import make_survey
from rowkeep.workflows import review
from rowkeep.workflows.confirmation import Consent, permit_run
from rowkeep.workflows.open_run import CollectRunMetadata, open_run

if TYPE_CHECKING:
    from rowkeep.programs.node_pg_migrate import NodePgMigrate

UNASKED = Consent()
"""Nobody can be asked: what needs a confirmation is refused."""


def migrate(
    settings: Settings,
    conninfo: str,
    request: Request,
    collect_run_metadata: CollectRunMetadata,
    emit: Emit,
    consent: Consent = UNASKED,
    reviewed: Review | None = None,
) -> RunResult:
    """Apply or undo what `request` asks for.

    consent: how a person confirms what production asks about. reviewed: do exactly what this review of the same
    request shows, or refuse.
    Raises Refused, Misused, Busy, BackupFailed, Failed, HalfDone, Interrupted, Unreachable, with the state of the
    database.
    """
    result = _migrate(settings, conninfo, request, collect_run_metadata, emit, consent, reviewed)
    if result.done and settings.schema_file:
        from rowkeep.workflows.verification.dump_schema import update_schema_file

        update_schema_file(settings, conninfo, emit)
    return result


def _migrate(
    settings: Settings,
    conninfo: str,
    request: Request,
    collect_run_metadata: CollectRunMetadata,
    emit: Emit,
    consent: Consent,
    reviewed: Review | None,
) -> RunResult:
    directory = files.read(settings)
    with open_run(settings, conninfo, emit, directory=directory, collect_run_metadata=collect_run_metadata) as run:
        session, survey = run.session, run.survey
        plan = make_plan_for(session, survey, request)
        if reviewed is not None:
            review.require_reviewed(session, settings, survey, plan, reviewed)
        for note in plan.notes:
            emit(Noted(note))
        for warning in plan.warnings:
            emit(Noted(warning, warning=True))
        if plan.idle:
            return RunResult(plan)
        from rowkeep.database.executor.run_plan import execute_plan

        tool = _find_old_tool(plan)
        metadata = run.metadata if reviewed is None else review.add_review_metadata(run.metadata, reviewed)
        permit = permit_run(session, conninfo, settings, survey, plan, consent, metadata, emit)
        if plan.action is Action.UP:
            # What `down` and `redo` take away is what they are asked for.
            plan = replace(plan, guard=GuardPolicy(permit.guard, consent.accepted))
        try:
            result = execute_plan(
                session, plan, emit, policy=run.policy, run_metadata=permit.run_metadata, old_tool=tool
            )
        except RowkeepError as error:
            if permit.backup is None:
                raise
            step = f"rowkeep restore {permit.backup} --into NEWDB   (as it was before)"
            raise error.with_next_steps(step) from None
        return replace(result, backup=permit.backup)


def _find_old_tool(plan: Plan) -> NodePgMigrate | None:
    """The project's node-pg-migrate, where the plan has steps for it. Raises ProgramMissing, Refused."""
    steps = [step for step in plan.steps if step.mode is TransactionMode.HANDED]
    if not steps:
        return None
    from rowkeep.programs import node_pg_migrate

    return node_pg_migrate.find_node_pg_migrate(Path(steps[0].migration.path).absolute().parent)


def read_survey(session: Session, settings: Settings) -> Survey:
    """The state of every migration."""
    return make_survey(files.read(settings), read_state(session, settings))


@contextmanager
def open_survey(settings: Settings, conninfo: str) -> Iterator[tuple[Session, Survey]]:
    """A session that only reads, and the state of every migration."""
    with connect(conninfo) as session:
        yield session, read_survey(session, settings)


def plan_migrations(settings: Settings, conninfo: str, request: Request) -> Plan:
    """What `migrate` would do now. Changes nothing and takes no lock."""
    with open_survey(settings, conninfo) as (session, survey):
        return make_plan_for(session, survey, request)


def make_plan_for(session: Session, survey: Survey, request: Request) -> Plan:
    """The plan that answers `request`. Raises what `make_plan` raises."""
    return make_plan(survey, request, read_texts(session, survey.changed))
