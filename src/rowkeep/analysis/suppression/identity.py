"""What makes a finding the same one in another run: migration, rule and statement, never the line."""

from __future__ import annotations

from rowkeep.domain.lint.finding import Finding
from rowkeep.domain.source import Span
from rowkeep.parse.text.checksum import token_checksum

LENGTH = 16
"""Hexadecimal digits of a fingerprint that is written down."""


def find_statement(finding: Finding) -> str:
    """The text of the statement of a finding; of the words it points at, where it is in no statement."""
    span = finding.statement or finding.span
    return finding.source.text[span.start : span.end]


def finding_identity(finding: Finding) -> tuple[str, str, str]:
    """Migration, rule, and the fingerprint of the statement by its tokens."""
    return finding.migration, finding.rule, token_checksum(find_statement(finding))[:LENGTH]


def finding_identities(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """One word for each finding, in their order; a number distinguishes those that would be the same."""
    from hashlib import sha256

    counts: dict[tuple[str, str, str], int] = {}
    checksums: dict[tuple[int, Span], str] = {}
    words = []
    for finding in findings:
        # Several findings of one statement share its checksum. The findings keep their sources alive: ids are unique.
        place = id(finding.source), finding.statement or finding.span
        if place not in checksums:
            checksums[place] = finding_identity(finding)[2]
        identity = finding.migration, finding.rule, checksums[place]
        counts[identity] = counts.get(identity, 0) + 1
        words.append(sha256("\0".join((*identity, str(counts[identity]))).encode("utf-8", "replace")).hexdigest())
    return tuple(words)
