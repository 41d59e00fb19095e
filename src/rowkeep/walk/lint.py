"""The static analysis as a stage of a walk: what is pending is judged, in the light of everything before it."""

from __future__ import annotations

from collections.abc import Collection

from rowkeep.config import Settings
from rowkeep.domain.finding import Finding, Severity, Verdict
from rowkeep.domain.migration import Directory
from rowkeep.errors import Refused
from rowkeep.judge import Options, judge
from rowkeep.report.events import count_text

SHOWN = 10


def lint(directory: Directory, settings: Settings, *, major: int, only: Collection[str]) -> Verdict:
    """The verdict on the migrations named in `only`, for a server of `major`. Raises Refused where an error counts."""
    verdict = judge(
        directory.migrations,
        Options(settings.rules_select, settings.rules_ignore, settings.rules_severity, major, only),
        directory.remarks,
    )
    errors = verdict.of(Severity.ERROR)
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
                "rowkeep lint   (every finding with its safe form)",
                f"-- rowkeep: allow {first.rule} because REASON   (above the statement, if it is meant so)",
            ),
        )
    return verdict


def finding_line(finding: Finding) -> str:
    """One finding in one line."""
    return f"{finding.place} {finding.rule}: {finding.message}"


def summary(verdict: Verdict) -> str:
    """What a verdict without errors has to say."""
    warnings, notes, allowed = len(verdict.of(Severity.WARNING)), len(verdict.of(Severity.NOTE)), len(verdict.allowed)
    said = [count_text(count, word) for count, word in ((warnings, "warning"), (notes, "note")) if count]
    if allowed:
        said.append(f"{allowed} allowed")
    return ", ".join(said) or "nothing found"
