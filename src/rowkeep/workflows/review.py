"""A plan that can be reviewed: made without a change, kept, and compared with what would be done later."""

from __future__ import annotations

from dataclasses import replace

from rowkeep.config import Settings
from rowkeep.database.connection.session import Session
from rowkeep.database.store.environment import read_identity
from rowkeep.domain.deploy.review import Review
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.plan import Plan, Request, Survey
from rowkeep.plan.review import check_unchanged, make_review, review_digest


def make_reviewable(session: Session, settings: Settings, found: Survey, plan: Plan, request: Request) -> Review:
    """What a person who reads `plan` looks at."""
    return make_review(plan, request, found.state, read_identity(session), settings.schemas)


def require_reviewed(session: Session, settings: Settings, found: Survey, plan: Plan, reviewed: Review) -> None:
    """Raise Refused unless `plan` is what was reviewed."""
    check_unchanged(reviewed, make_reviewable(session, settings, found, plan, reviewed.request))


def add_review_metadata(run_metadata: RunMetadata, reviewed: Review) -> RunMetadata:
    """The ledger learns which plan it was."""
    return replace(run_metadata, details={**run_metadata.details, "plan": review_digest(reviewed)})
