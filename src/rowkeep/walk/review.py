"""A plan that can be reviewed: made without a change, kept, and compared with what would be done later."""

from __future__ import annotations

from dataclasses import replace

from rowkeep.config import Settings
from rowkeep.database.environment import identity
from rowkeep.database.session import Session
from rowkeep.domain.ledger import Circumstances
from rowkeep.domain.plan import Plan, Request, Survey
from rowkeep.domain.review import Review
from rowkeep.plan.review import compare, digest, review


def reviewable(session: Session, settings: Settings, found: Survey, plan: Plan, request: Request) -> Review:
    """What a person who reads `plan` looks at."""
    return review(plan, request, found.state, identity(session), settings.schemas)


def agreed(session: Session, settings: Settings, found: Survey, plan: Plan, reviewed: Review) -> None:
    """Raise Refused unless `plan` is what was reviewed."""
    compare(reviewed, reviewable(session, settings, found, plan, reviewed.request))


def noted(circumstances: Circumstances, reviewed: Review) -> Circumstances:
    """The ledger learns which plan it was."""
    return replace(circumstances, details={**circumstances.details, "plan": digest(reviewed)})
