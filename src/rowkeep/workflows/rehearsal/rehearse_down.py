"""`rehearse --down`: undo applied migrations on a restored copy and apply them again. Production is not touched."""

from __future__ import annotations

from contextlib import ExitStack

from rowkeep import programs
from rowkeep.config import Settings
from rowkeep.domain.deploy.backup import Backup
from rowkeep.domain.deploy.containment import NOTHING_CLOSED, Containment
from rowkeep.domain.deploy.deployment import Acceptance
from rowkeep.domain.deploy.roundtrip import Roundtrip
from rowkeep.domain.event import Emit
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.plan import Plan, Request
from rowkeep.knowledge.program_locations import CLIENT, SERVER
from rowkeep.workflows.deploy import add_backup_metadata, prepare_copy
from rowkeep.workflows.migrate import make_plan_for
from rowkeep.workflows.open_run import CollectRunMetadata, open_run
from rowkeep.workflows.rehearsal.golden_copies import GoldenCopyPolicy, RehearsalCopies
from rowkeep.workflows.rehearsal.record_roundtrips import record_failure, record_roundtrip
from rowkeep.workflows.rehearsal.rehearse import restore_scratch_copy, roundtrip_stage
from rowkeep.workflows.rehearsal.roundtrip import RoundtripCopy


@dataclass(frozen=True, slots=True)
class DownRehearsal:
    """The rehearsal of a `down`. backup, roundtrip: None where there was nothing to undo."""

    plan: Plan
    backup: Backup | None = None
    roundtrip: Roundtrip | None = None
    containment: Containment = NOTHING_CLOSED


def rehearse_down(
    settings: Settings,
    conninfo: str,
    request: Request,
    acceptance: Acceptance,
    collect_run_metadata: CollectRunMetadata,
    emit: Emit,
    *,
    fresh: bool = False,
) -> DownRehearsal:
    """Back up, restore, undo what `request` asks for on the copy, and apply it again.

    acceptance: what the down parts may take away. fresh: take a new backup, although a golden copy may fit. Raises
    Refused (a loss that nobody accepted, or a structure that is not the same afterwards), BackupFailed, and the
    runner's errors, with nothing changed in production.
    """
    with (
        ExitStack() as background,
        open_run(
            settings, conninfo, emit, application="rowkeep rehearse", collect_run_metadata=collect_run_metadata
        ) as run,
    ):
        session = run.session
        plan = make_plan_for(session, run.survey, request)
        if plan.idle:
            return DownRehearsal(plan)
        tools = programs.obtain_programs(
            session.major, (*CLIENT, *SERVER), pg_bin=settings.pg_bin, fetch=settings.fetch_programs, emit=emit
        )
        policy = GoldenCopyPolicy(settings, tools, emit, fresh=fresh)
        copies = RehearsalCopies(policy, background.enter_context(policy.reuse(session, run.survey)))
        backup, _, prepared = prepare_copy(session, conninfo, settings, tools, run.metadata, emit, background, copies)
        with (
            record_failure(session, plan, run.metadata, emit),
            restore_scratch_copy(backup, tools, emit, prepared, copies) as restored,
        ):
            place = restored.server.conninfo(restored.restored.database)
            closed, user = restored.server.containment, session.connection.info.user
            copy = RoundtripCopy(place, user, settings, request, emit, closed, major=session.major)
            roundtrip = roundtrip_stage(copy, plan, emit)
        metadata = add_backup_metadata(run.metadata, restored.proven, acceptance)
        record_roundtrip(session, plan, roundtrip, acceptance, metadata, emit)
        return DownRehearsal(plan, restored.proven, roundtrip, restored.server.containment)
