"""A lint result as SARIF 2.1.0 (OASIS, 2020), for GitHub code scanning and editors."""

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
    """One run. Lines and columns count from 1, columns in code points. Allowed findings are included as suppressed."""
    names = tuple(dict.fromkeys(finding.rule for finding in result.findings))
    numbers = {name: number for number, name in enumerate(names)}
    identities = finding_identities(result.findings)
    run = {
        "tool": {"driver": {"name": "Rowkeep", "version": VERSION, "rules": [_rule(name) for name in names]}},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, numbers[finding.rule], identity)
            for finding, identity in zip(result.findings, identities, strict=True)
        ],
    }
    # Without `indent`, json uses its C encoder, which is five times as fast.
    return format_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(name: str) -> dict[str, object]:
    rule = find(name)
    return {"id": name} if rule is None else _describe_rule(rule)


def _describe_rule(rule: Rule) -> dict[str, object]:
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


def _result(finding: Finding, number: int, identity: str) -> dict[str, object]:
    start, end = finding.place, finding.source.place(max(finding.span.end, finding.span.start))
    hint = f"\nSafe: {finding.hint}" if finding.hint else ""
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": finding.severity.value,
        "message": {"text": make_visible(finding.message + hint)},
        "locations": [{"physicalLocation": _physical(start, end)}],
        "partialFingerprints": {"rowkeepStatement/v1": identity},
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
    """A fix object (3.55): the regions to delete and the text that replaces them."""
    replacements = [
        {
            "deletedRegion": _region(finding.source.place(edit.span.start), finding.source.place(edit.span.end)),
            "insertedContent": {"text": edit.text},
        }
        for edit in finding.fix
    ]
    change = {"artifactLocation": {"uri": _uri(finding.source.path)}, "replacements": replacements}
    return {"description": {"text": f"fixes {finding.rule}"}, "artifactChanges": [change]}


def _physical(start: Place, end: Place | None) -> dict[str, object]:
    return {"artifactLocation": {"uri": _uri(start.path)}, "region": _region(start, end)}


def _region(start: Place, end: Place | None) -> dict[str, object]:
    region: dict[str, object] = {"startLine": start.line, "startColumn": start.column}
    if end is not None:
        region |= {"endLine": end.line, "endColumn": end.column}
    return region


def _uri(path: str) -> str:
    """A path as a URI reference; a relative path is relative to the repository root."""
    # Bytes of a name that is not UTF-8 are surrogates.
    quoted = quote(path.replace("\\", "/"), errors="surrogateescape")
    return f"file://{quoted}" if quoted.startswith("/") else quoted
