"""A verdict as GitLab's code quality report (GitLab docs, “Code Quality report format”)."""

from __future__ import annotations

from rowkeep.domain.finding import Severity, Verdict
from rowkeep.judge.identity import identities
from rowkeep.report.json_text import json_text
from rowkeep.report.visible import one_line

SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}


def gitlab_text(verdict: Verdict) -> str:
    """One object a finding. The fingerprint holds as long as the statement does, wherever it moves in its file."""
    found = verdict.counting
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
        for finding, word in zip(found, identities(found), strict=True)
    ]
    return json_text(rows, indent=2)
