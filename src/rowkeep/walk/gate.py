"""The lint gate of `up` and `redo`: in production an error of data or locks stops a migration before it runs."""

from __future__ import annotations

import shlex

from rowkeep.config import Settings
from rowkeep.database.session import Session
from rowkeep.domain.event import Noted, Tell
from rowkeep.domain.finding import Promise, Severity
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Plan, Survey
from rowkeep.errors import Refused
from rowkeep.walk.lint import finding_line, refusal, verdict
from rowkeep.walk.live import told

STOPPING = (Promise.DATA, Promise.LOCK)
"""What stops `up`. Other errors are told, and stop `deploy` and `lint`."""


def gate(session: Session, settings: Settings, survey: Survey, plan: Plan, tell: Tell) -> None:
    """Judge the up parts of the plan by their text and by what the database holds. Raises Refused, nothing changed.

    An allowance with a reason lets a finding pass. No throw-away server is asked: `deploy` does that.
    """
    names = frozenset(step.name for step in plan.steps if step.direction is Direction.UP)
    if not names:
        return
    facts = told(session, settings, survey.standings)
    found = verdict(survey.directory, settings, major=session.major, only=names, told=facts)
    errors = [each for each in found.of(Severity.ERROR) if each.direction is Direction.UP]
    stopping = tuple(each for each in errors if each.promise in STOPPING)
    if stopping:
        refused: Refused = refusal(survey.directory, settings, stopping)
        name = shlex.quote(plan.database)
        refused.instead += (f"rowkeep environment mark development --confirm {name}   (if it is not production)",)
        raise refused
    for each in errors:
        tell(Noted(finding_line(each), warning=True))
