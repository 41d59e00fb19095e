"""A lint result as JSON lines, one object per finding; and statistics, one row per rule."""

from __future__ import annotations

from collections import Counter

from rowkeep.domain.lint.finding import LintResult
from rowkeep.report.lint.findings import format_summary, serialize_finding
from rowkeep.report.text.json_text import format_json


def format_json_lines(result: LintResult) -> str:
    """One object per finding, as in the JSON document. Allowed findings are included; `because` has the reason."""
    return "\n".join(format_json(serialize_finding(finding)) for finding in result.findings)


def count_by_rule(result: LintResult) -> tuple[tuple[str, str, str, int], ...]:
    """Severity, code, rule and number of findings; the most severe and most frequent first."""
    counted = Counter((finding.severity, finding.code, finding.rule) for finding in result.counting)
    ordered = sorted(counted.items(), key=lambda row: (-row[0][0].weight, -row[1], row[0][1]))
    return tuple((severity.value, code, rule, count) for (severity, code, rule), count in ordered)


def format_statistics(result: LintResult) -> str:
    """One row per rule, then the summary."""
    rows = count_by_rule(result)
    width = max((len(str(count)) for *_, count in rows), default=1)
    table = [f"{count:>{width}}  {severity:<7}  {code:<4}  {rule}" for severity, code, rule, count in rows]
    return "\n".join([*table, format_summary(result)])


def serialize_statistics(result: LintResult) -> dict[str, object]:
    """The same rows for `--output-format json`."""
    rows = count_by_rule(result)
    return {
        "statistics": [
            {"rule": rule, "code": code, "severity": severity, "count": count} for severity, code, rule, count in rows
        ]
    }
