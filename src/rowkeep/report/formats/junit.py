"""A lint result as JUnit XML, which CI systems show as test results."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.lint.finding import Finding, LintResult, Severity
from rowkeep.report.lint.findings import format_finding
from rowkeep.report.text.visible import make_visible

_FORBIDDEN = compile_later("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def format_junit(result: LintResult) -> str:
    """One test case per finding: failed for an error or a warning, passed for a note, skipped if allowed.

    Without findings, one passed case says how many migrations were checked.
    """
    rows = [_case(finding) for finding in result.findings]
    failures = len(result.of(Severity.ERROR)) + len(result.of(Severity.WARNING))
    if not rows:
        rows = [f'    <testcase classname="rowkeep lint" name="{result.analyzed} checked"/>']
    counts = f'tests="{len(rows)}" failures="{failures}" errors="0"'
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="rowkeep lint" {counts}>',
            f'  <testsuite name="rowkeep lint" {counts} skipped="{len(result.allowed)}">',
            *rows,
            "  </testsuite>",
            "</testsuites>",
        ]
    )


def _case(finding: Finding) -> str:
    place = finding.place
    head = (
        f"    <testcase classname={_attribute(place.path)} "
        f"name={_attribute(f'{finding.rule} at {place.line}:{place.column}')} "
        f'file={_attribute(place.path)} line="{place.line}">'
    )
    text = escape(_clean(format_finding(finding)))
    if finding.allowed is not None:
        body = f"      <skipped message={_attribute(f'allowed because {finding.allowed.reason}')}/>"
    elif finding.severity is Severity.NOTE:
        body = f"      <system-out>{text}</system-out>"
    else:
        message, kind = _attribute(finding.message), _attribute(finding.severity.value)
        body = f"      <failure message={message} type={kind}>{text}</failure>"
    return "\n".join([head, body, "    </testcase>"])


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    """The text with hidden characters spelled out, and U+FFFD for other characters that XML 1.0 does not allow."""
    return _FORBIDDEN.sub("\ufffd", make_visible(text))
