"""A verdict as SARIF 2.1.0 (OASIS, 2020), as GitHub's code scanning and editors read it."""

from __future__ import annotations

from urllib.parse import quote

from rowkeep.analysis.suppression.identity import finding_identities
from rowkeep.domain.lint.finding import Finding, LintResult
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.source import Place
from rowkeep.report.lint.findings import serialize_live
from rowkeep.report.text.json_text import format_json
from rowkeep.report.text.visible import make_visible, one_line
from rowkeep.rules import find, page_of
from rowkeep.version import VERSION

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def format_sarif(result: LintResult) -> str:
    """One run. Lines and columns count from 1, columns in code points; allowed findings are there, as suppressed."""
    names = tuple(dict.fromkeys(finding.rule for finding in result.findings))
    numbers = {name: number for number, name in enumerate(names)}
    words = finding_identities(result.findings)
    run = {
        "tool": {"driver": {"name": "Rowkeep", "version": VERSION, "rules": [_rule(name) for name in names]}},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, numbers[finding.rule], word) for finding, word in zip(result.findings, words, strict=True)
        ],
    }
    # Without `indent` the encoder is the one in C: five times as fast for many findings.
    return format_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(name: str) -> dict[str, object]:
    rule = find(name)
    return {"id": name} if rule is None else _known(rule)


def _known(rule: Rule) -> dict[str, object]:
    page = page_of(rule)
    help_text = "\n\n".join(f"{heading}\n\n{body}" for heading, body in page.sections.items())
    marked = "\n\n".join(f"## {heading}\n\n{body}" for heading, body in page.sections.items())
    return {
        "id": rule.name,
        "name": rule.code,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.sections.get("Harm", page.title)},
        "help": {"text": help_text or page.title, "markdown": marked or page.title},
        "defaultConfiguration": {"level": "none" if rule.severity.value == "off" else rule.severity.value},
        "properties": {"tags": [rule.category.value]},
    }


def _result(finding: Finding, number: int, word: str) -> dict[str, object]:
    start, end = finding.place, finding.source.place(max(finding.span.end, finding.span.start))
    hint = f"\nSafe: {finding.hint}" if finding.hint else ""
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": finding.severity.value,
        "message": {"text": make_visible(finding.message + hint)},
        "locations": [{"physicalLocation": _physical(start, end)}],
        "partialFingerprints": {"rowkeepStatement/v1": word},
    }
    if finding.live is not None:
        result["properties"] = {"live": serialize_live(finding.live)}
    if finding.via:
        result["relatedLocations"] = [
            {"physicalLocation": _physical(place, None), "message": {"text": make_visible(words)}}
            for words, place in finding.via
        ]
    if finding.fix:
        result["fixes"] = [_fix(finding)]
    if finding.allowed is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": one_line(finding.allowed.reason)}]
    return result


def _fix(finding: Finding) -> dict[str, object]:
    """A fix object (3.55). Characters from `start` on that are deleted, and the text that takes their place."""
    replacements = [
        {
            "deletedRegion": _region(finding.source.place(edit.span.start), finding.source.place(edit.span.end)),
            "insertedContent": {"text": edit.text},
        }
        for edit in finding.fix
    ]
    change = {"artifactLocation": {"uri": _uri(finding.source.path)}, "replacements": replacements}
    return {"description": {"text": f"answers {finding.rule}"}, "artifactChanges": [change]}


def _physical(start: Place, end: Place | None) -> dict[str, object]:
    return {"artifactLocation": {"uri": _uri(start.path)}, "region": _region(start, end)}


def _region(start: Place, end: Place | None) -> dict[str, object]:
    region: dict[str, object] = {"startLine": start.line, "startColumn": start.column}
    if end is not None:
        region |= {"endLine": end.line, "endColumn": end.column}
    return region


def _uri(path: str) -> str:
    """A path as a URI reference; a relative one holds for the repository's root."""
    # A name that is not UTF-8 holds its bytes as halves of characters.
    quoted = quote(path.replace("\\", "/"), errors="surrogateescape")
    return f"file://{quoted}" if quoted.startswith("/") else quoted
