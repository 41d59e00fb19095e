"""A lint result as GitLab's code quality report (GitLab docs, “Code Quality report format”)."""

from __future__ import annotations

from rowkeep.analysis.suppression.identity import finding_identities
from rowkeep.domain.lint.finding import LintResult, Severity
from rowkeep.report.text.json_text import format_json
from rowkeep.report.text.visible import one_line

SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}


def format_gitlab(result: LintResult) -> str:
    """One object per finding. The fingerprint stays the same when the statement moves within its file."""
    findings = result.counting
    rows = [
        {
            "description": one_line(f"{finding.rule}: {finding.message}"),
            "check_name": finding.rule,
            "fingerprint": identity,
            "severity": SEVERITIES.get(finding.severity, "info"),
            "location": {
                "path": finding.place.path.removeprefix("./"),
                "lines": {"begin": finding.place.line, "end": finding.source.place(finding.span.end).line},
            },
        }
        for finding, identity in zip(findings, finding_identities(findings), strict=True)
    ]
    return format_json(rows, indent=2)
