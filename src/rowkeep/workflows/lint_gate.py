"""Lint as a stage of other commands: `deploy` refuses errors, `up` refuses some of them, `plan` shows them."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence

from rowkeep.config import Settings
from rowkeep.database.connection.session import Session
from rowkeep.domain.count import count_text
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Noted
from rowkeep.domain.lint.finding import Category, Finding, LintResult, Severity
from rowkeep.domain.migration import Direction, Directory
from rowkeep.domain.plan import Action, Plan, Survey
from rowkeep.errors import Refused
from rowkeep.report.text.visible import one_line
from rowkeep.scratch import BackgroundServer
from rowkeep.workflows.lint_selections import analyze_directory, lint_options
from rowkeep.workflows.live_facts import LiveSelection, read_live_facts

STOPPING = (Category.DATA, Category.LOCK)
"""Categories whose errors stop `up`. It reports other errors, which stop `deploy` and `lint`."""
SHOWN = 10
"""How many errors a refusal shows."""


def lint_before_deploy(
    directory: Directory,
    settings: Settings,
    *,
    major: int,
    only: Collection[str],
    live: LiveSelection,
    emit: Emit,
    accepted: Mapping[str, str] | None = None,
    witness: BackgroundServer | None = None,
) -> LintResult:
    """Lint the migrations named in `only`, on a throw-away server, too. Raises Refused for an error.

    major: of the server. live: what the database holds. accepted: the reason for each name of --accept-loss, which
    answers the findings about the loss of that object. witness: the server to run them on, which is released
    afterwards.
    """
    from rowkeep.workflows.witness import weigh_if_possible

    options = lint_options(settings, major=major, only=only, live=live, accepted=accepted)
    result = analyze_directory(directory, options, settings)
    result = weigh_if_possible(result, directory, only, options, settings, emit, witness)
    errors = result.of(Severity.ERROR)
    if errors:
        raise _refusal(directory, settings, errors, accepted or {})
    return result


def lint_before_up(
    session: Session, settings: Settings, survey: Survey, plan: Plan, emit: Emit, accepted: Mapping[str, str]
) -> None:
    """In production, refuse to apply a migration with an error of data or locks. Raises Refused, nothing changed.

    The up parts of the plan are analyzed, with what the database holds. A suppression with a reason lets a finding
    pass, and so does a loss that is `accepted` by name. No throw-away server is started: `deploy` does that.
    """
    names = frozenset(step.name for step in plan.steps if step.direction is Direction.UP)
    if not names:
        return
    live = read_live_facts(session, settings, survey.standings)
    options = lint_options(settings, major=session.major, only=names, live=live, accepted=accepted)
    result = analyze_directory(survey.directory, options, settings)
    errors = [finding for finding in result.of(Severity.ERROR) if finding.direction is Direction.UP]
    stopping = tuple(finding for finding in errors if finding.category in STOPPING)
    if stopping:
        name = shlex.quote(plan.database)
        raise _refusal(survey.directory, settings, stopping, accepted).with_next_steps(
            f"rowkeep environment mark development --confirm {name}   (if it is not production)"
        )
    for finding in errors:
        emit(Noted(format_finding_line(finding), warning=True))


def lint_plan(session: Session, settings: Settings, survey: Survey, plan: Plan) -> LintResult:
    """What `deploy` would find in the migrations that the plan applies; nothing where it undoes some."""
    names = frozenset(step.name for step in plan.steps)
    if plan.action is not Action.UP or not names:
        return LintResult((), 0)
    live = read_live_facts(session, settings, survey.standings)
    options = lint_options(settings, major=session.major, only=names, live=live)
    return analyze_directory(survey.directory, options, settings)


def _refusal(
    directory: Directory, settings: Settings, errors: Sequence[Finding], accepted: Mapping[str, str]
) -> Refused:
    """The refusal for at least one error, with the next steps. accepted: as of `lint_before_deploy`."""
    first = errors[0]
    allow = [f"-- rowkeep: allow {first.rule} because REASON   (above the statement, if it is meant so)"]
    if first.lost:
        allow = [
            f"-- rowkeep: accept-loss {one_line(name)} because REASON   (in the file: for lint and guard)"
            for name in first.lost[:SHOWN]
        ]
    elif accepted:
        reason = " ".join(next(iter(accepted.values())).split())
        allow = [
            "--accept-loss answers findings about the loss of what it names; others are answered in the file:",
            *(
                f"above {finding.place}: -- rowkeep: allow {finding.rule} because {reason}"
                for finding in errors[:SHOWN]
            ),
        ]
    shown = [format_finding_line(finding) for finding in errors[:SHOWN]]
    if len(errors) > SHOWN:
        shown.append(f"… and {len(errors) - SHOWN} more")
    return Refused(
        f"lint found {count_text(len(errors), 'error')}",
        code=ErrorCode.LINT_ERRORS,
        where=first.place,
        why=shown,
        excerpt=first.source.excerpt(first.span),
        instead=(
            *_fix_steps(directory, settings, {finding.migration for finding in errors}),
            "rowkeep lint   (every finding with its safe form)",
            *allow,
        ),
    )


def _fix_steps(directory: Directory, settings: Settings, names: Collection[str]) -> tuple[str, ...]:
    """The command that rewrites the migrations that have a safe form."""
    from rowkeep.workflows.safe_forms import find_safe_forms

    paths = [form.path for form in find_safe_forms(directory, settings, names).values()]
    return (f"rowkeep lint --fix {' '.join(paths)}   (the same change in safe steps)",) if paths else ()


def select_grave(result: LintResult) -> tuple[Finding, ...]:
    """The findings that a person who reads a plan should know of: errors, and warnings of data or locks."""
    warnings = (finding for finding in result.of(Severity.WARNING) if finding.category in STOPPING)
    return (*result.of(Severity.ERROR), *warnings)


def format_finding_line(finding: Finding) -> str:
    """One finding in one line."""
    return one_line(f"{finding.place} {finding.rule}: {finding.message}")


def format_lint_summary(result: LintResult) -> str:
    """A result without errors in a few words."""
    warnings, notes, allowed = len(result.of(Severity.WARNING)), len(result.of(Severity.NOTE)), len(result.allowed)
    words = [count_text(count, word) for count, word in ((warnings, "warning"), (notes, "note")) if count]
    if allowed:
        words.append(f"{allowed} allowed")
    if result.withdrawn:
        words.append(f"{len(result.withdrawn)} refuted by a server")
    return ", ".join(words) or "nothing found"
