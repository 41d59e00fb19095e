"""A plan that is reviewed: made without changing anything, saved, and compared with what would be done later."""

from __future__ import annotations

from rowkeep.config import Settings
from rowkeep.database.connection.session import Session
from rowkeep.database.store.environment import read_identity
from rowkeep.domain.deploy.review import Review
from rowkeep.domain.frozen import replace
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.plan import Plan, Request, Survey
from rowkeep.plan.review import check_unchanged, make_review, review_digest


def make_reviewable(session: Session, settings: Settings, survey: Survey, plan: Plan, request: Request) -> Review:
    """The review of `plan`: what a person looks at."""
    return make_review(plan, request, survey.state, read_identity(session), settings.schemas)


def require_reviewed(session: Session, settings: Settings, survey: Survey, plan: Plan, reviewed: Review) -> None:
    """Raise Refused unless `plan` is what was reviewed."""
    check_unchanged(reviewed, make_reviewable(session, settings, survey, plan, reviewed.request))


def add_review_metadata(run_metadata: RunMetadata, reviewed: Review) -> RunMetadata:
    """Run metadata that also names the plan that was reviewed."""
    return replace(run_metadata, details={**run_metadata.details, "plan": review_digest(reviewed)})
