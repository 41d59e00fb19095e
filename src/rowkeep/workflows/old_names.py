"""The functions that version 0.1 offered as a library, with their arguments of then. New: `rowkeep.Project`."""

from __future__ import annotations

from collections.abc import Callable

from rowkeep.config import Settings
from rowkeep.domain.deploy.deployment import Deployment
from rowkeep.domain.deploy.review import Review
from rowkeep.domain.event import Emit
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.lint.finding import LintResult
from rowkeep.domain.migration import Directory
from rowkeep.domain.plan import Request, RunResult
from rowkeep.workflows import deploy as deploy_workflow
from rowkeep.workflows.confirmation import Consent
from rowkeep.workflows.lint import lint_directory
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
    """Apply or undo what `request` asks for."""
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
    """Run every stage of a deploy."""
    return deploy_workflow.deploy(settings, conninfo, wish, circumstances, approve=approve, emit=tell)


def lint(directory: Directory, settings: Settings) -> LintResult:
    """All findings in a directory of migrations."""
    return lint_directory(directory, settings)
