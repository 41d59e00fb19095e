"""The static analysis as a stage of a walk: what is pending is judged, in the light of everything before it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from rowkeep.analysis import LintOptions, analyze
from rowkeep.analysis.options import OLDEST
from rowkeep.analysis.suppression.per_file_ignores import drop_ignored
from rowkeep.config import Settings
from rowkeep.domain.count import count_text
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit
from rowkeep.domain.lint.finding import Category, Finding, LintResult, Severity
from rowkeep.domain.migration import Directory
from rowkeep.errors import Refused
from rowkeep.report.text.visible import one_line

if TYPE_CHECKING:
    from rowkeep.workflows.live_facts import LiveSelection

SHOWN = 10


def lint_directory(
    directory: Directory,
    settings: Settings,
    *,
    major: int | None = None,
    only: Collection[str] | None = None,
    told: LiveSelection | None = None,
) -> LintResult:
    """All findings. major: of the server (default: the configured one); only: names of migrations (default: all).

    told: what the server holds.
    """
    found = analyze(directory.migrations, _options(settings, major, only, told), directory.remarks)
    return drop_ignored(found, settings.rules_per_file_ignores)


def _options(
    settings: Settings, major: int | None, only: Collection[str] | None, told: LiveSelection | None
) -> LintOptions:
    return LintOptions(
        settings.rules_select,
        settings.rules_ignore,
        settings.rules_severity,
        major or settings.pg_version or OLDEST,
        only,
        told.live if told is not None else None,
        told.applied if told is not None else (),
        told.unfinished if told is not None else (),
        settings.small_table_bytes,
    )


def lint_stage(
    directory: Directory,
    settings: Settings,
    *,
    major: int,
    only: Collection[str],
    told: LiveSelection | None = None,
    emit: Emit | None = None,
    because: str | None = None,
) -> LintResult:
    """The verdict on the migrations named in `only`, for a server of `major`. Raises Refused where an error counts.

    told: what the server holds. tell: given, a throw-away server is asked, too: it adds what only it shows, and
    refutes locks. because: the reason of an --accept-loss, which the rehearsal asks for and lint does not read.
    """
    found = lint_directory(directory, settings, major=major, only=only, told=told)
    if emit is not None:
        from rowkeep.workflows.witness import weigh_if_possible

        found = weigh_if_possible(found, directory, only, _options(settings, major, only, told), settings, emit)
    errors = found.of(Severity.ERROR)
    if errors:
        raise refusal(directory, settings, errors, because)
    return found


def refusal(
    directory: Directory, settings: Settings, errors: Sequence[Finding], because: str | None = None
) -> Refused:
    """The refusal for at least one error, with the ways out. because: see `lint`."""
    first = errors[0]
    allow = [f"-- rowkeep: allow {first.rule} because REASON   (above the statement, if it is meant so)"]
    if because is not None:
        reason = " ".join(because.split())
        allow = [
            "--accept-loss answers the rehearsal, which counts what is lost; lint is answered in the file:",
            *(f"above {each.place}: -- rowkeep: allow {each.rule} because {reason}" for each in errors[:SHOWN]),
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
            *_fixes(directory, settings, {finding.migration for finding in errors}),
            "rowkeep lint   (every finding with its safe form)",
            *allow,
        ),
    )


def _fixes(directory: Directory, settings: Settings, names: Collection[str]) -> tuple[str, ...]:
    """How the migrations that have a safer form get it."""
    from rowkeep.workflows.safe_forms import find_safe_forms

    paths = [each.path for each in find_safe_forms(directory, settings, names).values()]
    return (f"rowkeep lint --fix {' '.join(paths)}   (the same change in safe steps)",) if paths else ()


def select_grave(found: LintResult) -> tuple[Finding, ...]:
    """The findings that a person who reads a plan should know of: errors, and warnings of what is lost or stalls."""
    near = (Category.DATA, Category.LOCK)
    return (*found.of(Severity.ERROR), *(each for each in found.of(Severity.WARNING) if each.category in near))


def format_finding_line(finding: Finding) -> str:
    """One finding in one line."""
    return one_line(f"{finding.place} {finding.rule}: {finding.message}")


def format_lint_summary(found: LintResult) -> str:
    """What a verdict without errors has to say."""
    warnings, notes, allowed = len(found.of(Severity.WARNING)), len(found.of(Severity.NOTE)), len(found.allowed)
    said = [count_text(count, word) for count, word in ((warnings, "warning"), (notes, "note")) if count]
    if allowed:
        said.append(f"{allowed} allowed")
    if found.withdrawn:
        said.append(f"{len(found.withdrawn)} refuted by a server")
    return ", ".join(said) or "nothing found"
