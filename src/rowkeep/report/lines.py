"""A verdict as lines: one JSON object a finding, and the statistics, one row a rule."""

from __future__ import annotations

from collections import Counter

from rowkeep.domain.finding import Verdict
from rowkeep.report.findings import finding_data, sum_text
from rowkeep.report.json_text import json_text


def json_lines_text(verdict: Verdict) -> str:
    """One object a finding, as in the JSON document; allowed findings too, with the reason in `because`."""
    return "\n".join(json_text(finding_data(finding)) for finding in verdict.findings)


def statistics(verdict: Verdict) -> tuple[tuple[str, str, str, int], ...]:
    """Severity, code, rule and how often it was found; the heaviest and most frequent first."""
    counted = Counter((finding.severity, finding.code, finding.rule) for finding in verdict.counting)
    ordered = sorted(counted.items(), key=lambda row: (-row[0][0].weight, -row[1], row[0][1]))
    return tuple((severity.value, code, rule, count) for (severity, code, rule), count in ordered)


def statistics_text(verdict: Verdict) -> str:
    """A row a rule, then the sum."""
    rows = statistics(verdict)
    width = max((len(str(count)) for *_, count in rows), default=1)
    table = [f"{count:>{width}}  {severity:<7}  {code:<4}  {rule}" for severity, code, rule, count in rows]
    return "\n".join([*table, sum_text(verdict)])


def statistics_data(verdict: Verdict) -> dict[str, object]:
    """The same rows for `--output-format json`."""
    rows = statistics(verdict)
    return {
        "statistics": [
            {"rule": rule, "code": code, "severity": severity, "count": count} for severity, code, rule, count in rows
        ]
    }
