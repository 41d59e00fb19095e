"""The library of version 0.1, with the names that its arguments had. New programs use `rowkeep.Project`."""

from __future__ import annotations

from collections.abc import Callable

from rowkeep.config import Settings
from rowkeep.domain.deploy.deployment import Deployment
from rowkeep.domain.deploy.review import Review
from rowkeep.domain.event import Emit
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.plan import Request, RunResult
from rowkeep.workflows import deploy as deploy_workflow
from rowkeep.workflows.confirmation import Consent
from rowkeep.workflows.migrate import UNASKED, migrate


def change(
    settings: Settings,
    conninfo: str,
    request: Request,
    circumstances: Callable[[], RunMetadata],
    tell: Emit,
    consent: Consent = UNASKED,
    reviewed: Review | None = None,
) -> RunResult:
    """`migrate`, as version 0.1 called it and its arguments."""
    return migrate(settings, conninfo, request, circumstances, tell, consent, reviewed)


def deploy(
    settings: Settings,
    conninfo: str,
    wish: deploy_workflow.DeployRequest,
    circumstances: Callable[[], RunMetadata],
    *,
    approve: deploy_workflow.Approve,
    tell: Emit,
) -> Deployment:
    """`deploy`, as version 0.1 called its arguments."""
    return deploy_workflow.deploy(settings, conninfo, wish, circumstances, approve=approve, emit=tell)
