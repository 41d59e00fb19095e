"""`up`, `down` and `redo`: read, look, plan, carry out, under the run lock from the look to the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rowkeep import files
from rowkeep.config import Settings
from rowkeep.database import lock
from rowkeep.database.ledger import texts
from rowkeep.database.look import look
from rowkeep.database.manners import alone, manners, set_up
from rowkeep.database.session import Session, connect
from rowkeep.domain.event import Noted, Tell
from rowkeep.domain.ledger import Circumstances
from rowkeep.domain.plan import Carried, Mode, Plan, Request, Survey
from rowkeep.domain.review import Review
from rowkeep.errors import RowkeepError
from rowkeep.plan.plan import make
from rowkeep.plan.survey import survey
from rowkeep.walk import review
from rowkeep.walk.guard import Consent, permit

if TYPE_CHECKING:
    from rowkeep.programs.old_tool import OldTool

UNASKED = Consent()
"""Nobody is there: what needs a confirmation is refused."""


def change(
    settings: Settings,
    conninfo: str,
    request: Request,
    circumstances: Callable[[], Circumstances],
    tell: Tell,
    consent: Consent = UNASKED,
    reviewed: Review | None = None,
) -> Carried:
    """Apply or undo what `request` asks for. circumstances: asked for only where something is to be done.

    consent: how a person agrees to what production asks about. reviewed: do exactly what this review of the same
    request shows.
    Raises Refused, Misused, Busy, BackupFailed, Failed, HalfDone, Interrupted, Unreachable, with the state of the
    database.
    """
    rules, directory = manners(settings), files.read(settings)
    with connect(conninfo) as session:
        set_up(session, rules)
        with alone(session, rules, tell) as ended:
            found = survey(directory, look(session, settings))
            plan = plan_for(session, found, request)
            if reviewed is not None:
                review.agreed(session, settings, found, plan, reviewed)
            for note in plan.notes:
                tell(Noted(note))
            for warning in plan.warnings:
                tell(Noted(warning, warning=True))
            if plan.idle:
                return Carried(plan)
            from rowkeep.database.carry_out import carry_out

            tool = _old_tool(plan)
            who = lock.noted(circumstances(), ended)
            who = who if reviewed is None else review.noted(who, reviewed)
            allowed = permit(session, conninfo, settings, found, plan, consent, who, tell)
            try:
                carried = carry_out(
                    session, plan, tell, rules=rules, circumstances=allowed.circumstances, old_tool=tool
                )
            except RowkeepError as error:
                if allowed.backup is not None:
                    error.instead += (f"rowkeep restore {allowed.backup} --into NEWDB   (as it was before)",)
                raise
            return replace(carried, backup=allowed.backup)


def _old_tool(plan: Plan) -> OldTool | None:
    """The project's node-pg-migrate, where the plan hands something over. Raises ProgramMissing, Refused."""
    handed = [step for step in plan.steps if step.mode is Mode.HANDED]
    if not handed:
        return None
    from rowkeep.programs import old_tool

    return old_tool.find(Path(handed[0].migration.path).absolute().parent)


def surveyed(session: Session, settings: Settings) -> Survey:
    """Where every migration stands."""
    return survey(files.read(settings), look(session, settings))


@contextmanager
def looked(settings: Settings, conninfo: str) -> Iterator[tuple[Session, Survey]]:
    """A session that only looks, and where every migration stands."""
    with connect(conninfo) as session:
        yield session, surveyed(session, settings)


def planned(settings: Settings, conninfo: str, request: Request) -> Plan:
    """What `change` would do now. Changes nothing and takes no lock."""
    with looked(settings, conninfo) as (session, found):
        return plan_for(session, found, request)


def plan_for(session: Session, found: Survey, request: Request) -> Plan:
    """The plan that answers `request`. Raises what `plan.make` raises."""
    return make(found, request, texts(session, found.changed))
