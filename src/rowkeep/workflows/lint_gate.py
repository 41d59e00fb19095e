"""The lint gate of `up` and `redo`: in production an error of data or locks stops a migration before it runs."""

from __future__ import annotations

import shlex

from rowkeep.config import Settings
from rowkeep.database.connection.session import Session
from rowkeep.domain.event import Emit, Noted
from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Plan, Survey
from rowkeep.workflows.lint import format_finding_line, lint_directory, refusal
from rowkeep.workflows.live_facts import read_live_facts

STOPPING = (Category.DATA, Category.LOCK)
"""What stops `up`. Other errors are told, and stop `deploy` and `lint`."""


def require_lint(session: Session, settings: Settings, survey: Survey, plan: Plan, emit: Emit) -> None:
    """Judge the up parts of the plan by their text and by what the database holds. Raises Refused, nothing changed.

    An allowance with a reason lets a finding pass. No throw-away server is asked: `deploy` does that.
    """
    names = frozenset(step.name for step in plan.steps if step.direction is Direction.UP)
    if not names:
        return
    facts = read_live_facts(session, settings, survey.standings)
    found = lint_directory(survey.directory, settings, major=session.major, only=names, told=facts)
    errors = [each for each in found.of(Severity.ERROR) if each.direction is Direction.UP]
    stopping = tuple(each for each in errors if each.category in STOPPING)
    if stopping:
        name = shlex.quote(plan.database)
        raise refusal(survey.directory, settings, stopping).with_next_steps(
            f"rowkeep environment mark development --confirm {name}   (if it is not production)"
        )
    for each in errors:
        emit(Noted(format_finding_line(each), warning=True))
