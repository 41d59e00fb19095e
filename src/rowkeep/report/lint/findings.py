"""A lint result as text (full, or one line per finding) and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.count import count_text
from rowkeep.domain.lint.finding import Finding, LintResult, Severity, TextEdit
from rowkeep.domain.lint.rule_page import first_sentence
from rowkeep.domain.schema.live_facts import Impact
from rowkeep.report.text.excerpt import format_excerpt
from rowkeep.report.text.visible import make_visible, one_line
from rowkeep.rules import find, page_of

COLORS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.NOTE: "\x1b[1;36m"}
PLAIN = "\x1b[0m"


def format_full(result: LintResult, *, color: bool = False) -> str:
    """Every finding with place, source, harm and safe form; then the summary."""
    blocks = [format_finding(finding, color=color) for finding in result.counting]
    return "\n\n".join([*blocks, format_summary(result)])


def format_concise(result: LintResult, *, color: bool = False) -> str:
    """One line per finding: `path:line:column: error D001 drop-table: …`; then the summary."""
    rows = [f"{one_line(str(finding.place))}: {_head(finding, color)}" for finding in result.counting]
    return "\n".join([*rows, format_summary(result)])


def format_finding(finding: Finding, *, color: bool = False) -> str:
    """One finding in full."""
    rows = [_head(finding, color), f"  --> {one_line(str(finding.place))}"]
    if finding.source.text:
        rows.append(format_excerpt(finding.source.excerpt(finding.span)))
    rows.extend(f"  = via:  {one_line(f'{words}, at {place}')}" for words, place in finding.via)
    harm = _harm(finding)
    if harm:
        rows.append(f"  = harm: {harm}")
    for number, line in enumerate(make_visible(finding.hint).split("\n") if finding.hint else ()):
        rows.append(f"  = safe: {line}" if number == 0 else f"          {line}")
    return "\n".join(rows)


def _head(finding: Finding, color: bool) -> str:
    severity = finding.severity.value
    if color:
        severity = f"{COLORS.get(finding.severity, '')}{severity}{PLAIN}"
    part = " (down)" if finding.direction.value == "down" else ""
    return f"{severity} {finding.code} {finding.rule}{part}: {one_line(finding.message)}"


def _harm(finding: Finding) -> str:
    rule = find(finding.rule)
    return first_sentence(page_of(rule).sections.get("Harm", "")) if rule is not None else ""


def format_summary(result: LintResult) -> str:
    """Counts, allowed findings with their reasons, and where to read more."""
    counts = [
        count_text(len(result.of(severity)), severity.value)
        for severity in (Severity.ERROR, Severity.WARNING, Severity.NOTE)
        if result.of(severity)
    ]
    analyzed = count_text(result.analyzed, "migration")
    rows = [f"{', '.join(counts)} in {analyzed}" if counts else f"nothing found in {analyzed}"]
    if result.known:
        rows.append(f"{count_text(result.known, 'finding')} in the baseline not shown")
    rows.extend(_suppression_line(result))
    rows.extend(
        one_line(f"withdrawn: {item.finding.rule} at {item.finding.place}: {item.because}")
        for item in result.withdrawn
    )
    if counts:
        rows.append(
            "`rowkeep rule NAME` explains a rule; `-- rowkeep: allow NAME because REASON` above a statement allows it"
        )
    return "\n".join(rows)


def _suppression_line(result: LintResult) -> Iterator[str]:
    for finding in result.allowed:
        if finding.allowed is not None:
            yield one_line(f"allowed: {finding.rule} at {finding.place} because {finding.allowed.reason}")


def serialize_lint_result(result: LintResult) -> dict[str, object]:
    """The lint result for `--output-format json`. Lines and columns count from 1; ends are excluded."""
    return {
        "analyzed": result.analyzed,
        "known": result.known,
        "counts": {severity.value: len(result.of(severity)) for severity in Severity if severity is not Severity.OFF},
        "findings": [serialize_finding(finding) for finding in result.counting],
        "allowed": [serialize_finding(finding) for finding in result.allowed],
        "withdrawn": [{**serialize_finding(item.finding), "because": item.because} for item in result.withdrawn],
    }


def serialize_live(live: Impact | None) -> dict[str, object] | None:
    """The affected table; None without a server, or if no table is affected."""
    if live is None:
        return None
    return {
        "table": live.table,
        "rows": live.rows,
        "bytes": live.bytes,
        "indexes": live.indexes,
        "partitions": live.partitions,
        "writes_per_second": None if live.writes_per_s is None else round(live.writes_per_s, 3),
        "blocks": live.blocks or None,
        "seconds": None if live.seconds is None else round(live.seconds, 1),
    }


def serialize_finding(finding: Finding) -> dict[str, object]:
    """One finding."""
    start, end = finding.place, finding.source.place(finding.span.end)
    return {
        "rule": finding.rule,
        "code": finding.code,
        "category": finding.category.value,
        "severity": finding.severity.value,
        "migration": finding.migration,
        "direction": finding.direction.value,
        "path": start.path,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "message": finding.message,
        "harm": _harm(finding),
        "safe": finding.hint,
        "via": [
            {"words": words, "path": place.path, "line": place.line, "column": place.column}
            for words, place in finding.via
        ],
        "live": serialize_live(finding.live),
        "because": finding.allowed.reason if finding.allowed is not None else None,
        "fix": {"edits": [_edit_data(finding, edit) for edit in finding.fix]} if finding.fix else None,
    }


def _edit_data(finding: Finding, edit: TextEdit) -> dict[str, object]:
    """`text` replaces characters `start` to `end` (from 0, end excluded, without the byte order mark)."""
    start, end = finding.source.place(edit.span.start), finding.source.place(edit.span.end)
    return {
        "start": edit.span.start,
        "end": edit.span.end,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "text": edit.text,
    }
