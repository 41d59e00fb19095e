"""A lint result as GitHub's workflow commands (annotations on the lines of a pull request), and its step summary."""

from __future__ import annotations

from rowkeep.domain.count import count_text
from rowkeep.domain.lint.finding import Finding, LintResult, Severity
from rowkeep.report.lint.findings import format_summary
from rowkeep.report.text.visible import make_visible, one_line, strip_control

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
SHOWN = 100
"""Findings in a summary; GitHub limits a summary to 1 MiB."""


def format_github(result: LintResult) -> str:
    """One `::error file=…::…` per finding, then the summary as plain text."""
    return "\n".join([*(_annotation(finding) for finding in result.counting), strip_control(format_summary(result))])


def _annotation(finding: Finding) -> str:
    start, end = finding.place, finding.source.place(finding.span.end)
    values = {"file": start.path, "line": start.line, "endLine": end.line}
    if start.line == end.line:
        # GitHub accepts columns only for an annotation within one line.
        values |= {"col": start.column, "endColumn": end.column}
    values["title"] = f"{finding.rule} ({finding.code})"
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in values.items())
    message = "\n".join([finding.message, *(f"safe: {line}" for line in finding.hint.split("\n") if line)])
    return f"::{COMMANDS.get(finding.severity, 'notice')} {properties}::{_message(message)}"


def _message(text: str) -> str:
    return make_visible(text).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(one_line(text)).replace(":", "%3A").replace(",", "%2C")


def format_step_summary(result: LintResult) -> str:
    """Markdown for `$GITHUB_STEP_SUMMARY`: the counts and a table of findings, the most severe first."""
    rows = ["## rowkeep lint", ""]
    findings = sorted(result.counting, key=lambda finding: -finding.severity.weight)
    counts = ", ".join(
        count_text(len(result.of(severity)), severity.value) for severity in COMMANDS if result.of(severity)
    )
    rows.append(f"**{counts or 'nothing found'}** in {count_text(result.analyzed, 'migration')}")
    if findings:
        rows += ["", "| severity | rule | where | what |", "|---|---|---|---|"]
        rows.extend(_row(finding) for finding in findings[:SHOWN])
    if len(findings) > SHOWN:
        rows.append(f"\n… and {len(findings) - SHOWN} more")
    allowed = [
        f"- `{finding.rule}` at {_cell(str(finding.place))}: {_cell(finding.allowed.reason)}"
        for finding in result.allowed
        if finding.allowed is not None
    ]
    if allowed:
        rows += ["", "Allowed:", "", *allowed[:SHOWN]]
    return "\n".join(rows) + "\n"


def _row(finding: Finding) -> str:
    cells = (finding.severity.value, f"`{finding.rule}`", _cell(str(finding.place)), _cell(finding.message))
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    text = make_visible(text)
    for sign in "\\`*_|<>[]":
        text = text.replace(sign, f"&#{ord(sign)};")
    return " ".join(text.split())
