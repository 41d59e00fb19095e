"""A lint result as `squawk --reporter json` writes it, for programs that read squawk's output."""

from __future__ import annotations

from rowkeep.domain.lint.finding import Finding, LintResult, Severity
from rowkeep.domain.source import Place, Source
from rowkeep.report.text.json_text import format_json
from rowkeep.report.text.visible import make_visible
from rowkeep.rules import find

PEER = "squawk:"


def format_squawk(result: LintResult) -> str:
    """One array. Lines and columns count from 0, columns in UTF-8 bytes, as in squawk 2.70.

    A rule that squawk has, too, is shown by its squawk name.
    """
    return format_json([_row(finding) for finding in result.counting])


def _row(finding: Finding) -> dict[str, object]:
    start, end = finding.place, finding.source.place(finding.span.end)
    return {
        "file": start.path,
        "line": start.line - 1,
        "column": _column(finding.source, start),
        "level": "Error" if finding.severity is Severity.ERROR else "Warning",
        "message": make_visible(finding.message),
        "help": make_visible(finding.hint) or None,
        "rule_name": _name(finding),
        "column_end": _column(finding.source, end),
        "line_end": end.line - 1,
    }


def _column(source: Source, place: Place) -> int:
    return source.bytes_before(place)


def _name(finding: Finding) -> str:
    rule = find(finding.rule)
    squawk_names = (
        (peer.removeprefix(PEER) for peer in rule.peers if peer.startswith(PEER)) if rule is not None else ()
    )
    return next(iter(squawk_names), finding.rule)
