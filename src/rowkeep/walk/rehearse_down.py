"""`rehearse --down`: what is applied is undone on the restored copy, and applied again; production is not touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rowkeep import programs
from rowkeep.config import Settings
from rowkeep.database import lock
from rowkeep.database.manners import alone, manners, set_up
from rowkeep.database.session import connect
from rowkeep.domain.backup import Backup
from rowkeep.domain.containment import NOTHING_CLOSED, Containment
from rowkeep.domain.deployment import Acceptance
from rowkeep.domain.event import Tell
from rowkeep.domain.ledger import Circumstances
from rowkeep.domain.plan import Plan, Request
from rowkeep.domain.roundtrip import Roundtrip
from rowkeep.knowledge.places import CLIENT, SERVER
from rowkeep.walk.change import plan_for, surveyed
from rowkeep.walk.deploy import back_up, with_backup
from rowkeep.walk.rehearse import copied, there_and_back
from rowkeep.walk.returned import failing, returned
from rowkeep.walk.roundtrip import Copy


@dataclass(frozen=True, slots=True)
class Undone:
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
    circumstances: Callable[[], Circumstances],
    tell: Tell,
) -> Undone:
    """Back up, restore, undo what `request` asks for on the copy, and apply it again.

    acceptance: what the down parts may take. Raises Refused (something that nobody accepted goes, the structure is
    not the same), BackupFailed, and the runner's errors, with nothing changed in production.
    """
    rules = manners(settings)
    with connect(conninfo, application="rowkeep rehearse") as session:
        set_up(session, rules)
        with alone(session, rules, tell) as ended:
            plan = plan_for(session, surveyed(session, settings), request)
            if plan.idle:
                return Undone(plan)
            tools = programs.obtain(
                session.major, (*CLIENT, *SERVER), pg_bin=settings.pg_bin, fetch=settings.fetch_programs, tell=tell
            )
            who = lock.noted(circumstances(), ended)
            backup, _ = back_up(session, conninfo, settings, tools, who, tell)
            with failing(session, plan, who, tell), copied(backup, tools, tell) as restored:
                place = restored.server.conninfo(restored.restored.database)
                closed, user = restored.server.containment, session.connection.info.user
                copy = Copy(place, user, settings, request, tell, closed, major=session.major)
                roundtrip = there_and_back(copy, plan, tell)
            returned(session, plan, roundtrip, acceptance, with_backup(who, restored.proven, acceptance), tell)
            return Undone(plan, restored.proven, roundtrip, restored.server.containment)
