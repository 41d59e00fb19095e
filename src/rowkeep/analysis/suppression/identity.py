"""What makes a finding the same one in another run: migration, rule and statement, never the line."""

from __future__ import annotations

from rowkeep.domain.lint.finding import Finding
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

    seen: dict[tuple[str, str, str], int] = {}
    words = []
    for finding in findings:
        known = finding_identity(finding)
        seen[known] = seen.get(known, 0) + 1
        words.append(sha256("\0".join((*known, str(seen[known]))).encode("utf-8", "replace")).hexdigest())
    return tuple(words)
