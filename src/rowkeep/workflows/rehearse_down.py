"""`rehearse --down`: what is applied is undone on the restored copy, and applied again; production is not touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rowkeep import programs
from rowkeep.config import Settings
from rowkeep.database.connection import run_lock
from rowkeep.database.connection.session import connect
from rowkeep.database.connection.session_policy import apply_session_policy, hold_run_lock, session_policy
from rowkeep.domain.deploy.backup import Backup
from rowkeep.domain.deploy.containment import NOTHING_CLOSED, Containment
from rowkeep.domain.deploy.deployment import Acceptance
from rowkeep.domain.deploy.roundtrip import Roundtrip
from rowkeep.domain.event import Emit
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.plan import Plan, Request
from rowkeep.knowledge.program_locations import CLIENT, SERVER
from rowkeep.workflows.deploy import add_backup_metadata, back_up
from rowkeep.workflows.migrate import make_plan_for, read_survey
from rowkeep.workflows.record_roundtrips import failing, record_roundtrip
from rowkeep.workflows.rehearse import restore_scratch_copy, roundtrip_stage
from rowkeep.workflows.roundtrip import RoundtripCopy


@dataclass(frozen=True, slots=True)
class DownRehearsal:
    """What the rehearsal of a `down` found; no backup and no roundtrip where nothing was to be undone."""

    plan: Plan
    backup: Backup | None = None
    roundtrip: Roundtrip | None = None
    containment: Containment = NOTHING_CLOSED


def rehearse_down(
    settings: Settings,
    conninfo: str,
    request: Request,
    acceptance: Acceptance,
    run_metadata: Callable[[], RunMetadata],
    emit: Emit,
) -> DownRehearsal:
    """Back up, restore, undo what `request` asks for on the copy, and apply it again.

    acceptance: what the down parts may take. Raises Refused (something that nobody accepted goes, the structure is
    not the same), BackupFailed, and the runner's errors, with nothing changed in production.
    """
    rules = session_policy(settings)
    with connect(conninfo, application="rowkeep rehearse") as session:
        apply_session_policy(session, rules)
        with hold_run_lock(session, rules, emit) as ended:
            plan = make_plan_for(session, read_survey(session, settings), request)
            if plan.idle:
                return DownRehearsal(plan)
            tools = programs.obtain_programs(
                session.major, (*CLIENT, *SERVER), pg_bin=settings.pg_bin, fetch=settings.fetch_programs, emit=emit
            )
            who = run_lock.with_ended_orphans(run_metadata(), ended)
            backup, _ = back_up(session, conninfo, settings, tools, who, emit)
            with failing(session, plan, who, emit), restore_scratch_copy(backup, tools, emit) as restored:
                place = restored.server.conninfo(restored.restored.database)
                closed, user = restored.server.containment, session.connection.info.user
                copy = RoundtripCopy(place, user, settings, request, emit, closed, major=session.major)
                roundtrip = roundtrip_stage(copy, plan, emit)
            record_roundtrip(
                session, plan, roundtrip, acceptance, add_backup_metadata(who, restored.proven, acceptance), emit
            )
            return DownRehearsal(plan, restored.proven, roundtrip, restored.server.containment)
