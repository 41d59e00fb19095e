"""A verdict as GitLab's code quality report (GitLab docs, “Code Quality report format”)."""

from __future__ import annotations

from rowkeep.analysis.suppression.identity import finding_identities
from rowkeep.domain.lint.finding import LintResult, Severity
from rowkeep.report.text.json_text import format_json
from rowkeep.report.text.visible import one_line

SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}


def format_gitlab(result: LintResult) -> str:
    """One object a finding. The fingerprint holds as long as the statement does, wherever it moves in its file."""
    found = result.counting
    rows = [
        {
            "description": one_line(f"{finding.rule}: {finding.message}"),
            "check_name": finding.rule,
            "fingerprint": word,
            "severity": SEVERITIES.get(finding.severity, "info"),
            "location": {
                "path": finding.place.path.removeprefix("./"),
                "lines": {"begin": finding.place.line, "end": finding.source.place(finding.span.end).line},
            },
        }
        for finding, word in zip(found, finding_identities(found), strict=True)
    ]
    return format_json(rows, indent=2)
