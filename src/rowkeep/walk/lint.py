"""The static analysis as a stage of a walk: what is pending is judged, in the light of everything before it."""

from __future__ import annotations

from collections.abc import Collection

from rowkeep.config import Settings
from rowkeep.domain.finding import Finding, Severity, Verdict
from rowkeep.domain.migration import Directory
from rowkeep.errors import Refused
from rowkeep.judge import Options, judge
from rowkeep.judge.options import OLDEST
from rowkeep.judge.per_file import without_ignored
from rowkeep.report.events import count_text

SHOWN = 10


def verdict(
    directory: Directory, settings: Settings, *, major: int | None = None, only: Collection[str] | None = None
) -> Verdict:
    """All findings. major: of the server (default: the configured one); only: names of migrations (default: all)."""
    found = judge(
        directory.migrations,
        Options(
            settings.rules_select,
            settings.rules_ignore,
            settings.rules_severity,
            major or settings.pg_version or OLDEST,
            only,
        ),
        directory.remarks,
    )
    return without_ignored(found, settings.rules_per_file_ignores)


def lint(directory: Directory, settings: Settings, *, major: int, only: Collection[str]) -> Verdict:
    """The verdict on the migrations named in `only`, for a server of `major`. Raises Refused where an error counts."""
    found = verdict(directory, settings, major=major, only=only)
    errors = found.of(Severity.ERROR)
    if errors:
        first = errors[0]
        shown = [finding_line(finding) for finding in errors[:SHOWN]]
        if len(errors) > SHOWN:
            shown.append(f"… and {len(errors) - SHOWN} more")
        raise Refused(
            f"lint found {count_text(len(errors), 'error')}",
            where=first.place,
            why="\n".join(shown),
            excerpt=first.source.excerpt(first.span),
            instead=(
                *_fixes(directory, settings, {finding.migration for finding in errors}),
                "rowkeep lint   (every finding with its safe form)",
                f"-- rowkeep: allow {first.rule} because REASON   (above the statement, if it is meant so)",
            ),
        )
    return found


def _fixes(directory: Directory, settings: Settings, names: Collection[str]) -> tuple[str, ...]:
    """How the migrations that have a safer form get it."""
    from rowkeep.walk.safer import safer

    paths = [each.path for each in safer(directory, settings, names).values()]
    return (f"rowkeep lint --fix {' '.join(paths)}   (the same change in safe steps)",) if paths else ()


def finding_line(finding: Finding) -> str:
    """One finding in one line."""
    return f"{finding.place} {finding.rule}: {finding.message}"


def summary(found: Verdict) -> str:
    """What a verdict without errors has to say."""
    warnings, notes, allowed = len(found.of(Severity.WARNING)), len(found.of(Severity.NOTE)), len(found.allowed)
    said = [count_text(count, word) for count, word in ((warnings, "warning"), (notes, "note")) if count]
    if allowed:
        said.append(f"{allowed} allowed")
    return ", ".join(said) or "nothing found"
