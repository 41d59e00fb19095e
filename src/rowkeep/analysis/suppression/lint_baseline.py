"""A baseline: the findings of an existing project that are known, so that only what is new counts.

A line an entry, sorted, so that a review shows what was added: migration, rule, fingerprint of the statement by its
tokens, and its first words for people, parted by tabs. Lines and comments may move; an edit in meaning is found again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from rowkeep import rules
from rowkeep.analysis.options import LintOptions, resolve_severities
from rowkeep.analysis.suppression.identity import find_statement, finding_identity
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.lint.finding import Finding, LintResult
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.migration import Direction
from rowkeep.domain.source import Source, Span
from rowkeep.errors import Misused

HEAD = (
    "# Findings that are known: `rowkeep lint` does not count them. One that is gone is reported.\n"
    "# `rowkeep lint --write-baseline` rewrites this file.\n"
)
WORDS = 60
STALE = "allowance-not-needed"

Known = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class BaselineEntry:
    """One line. span: its characters in the file."""

    known: Known
    span: Span


@dataclass(frozen=True, slots=True)
class Baseline:
    """A file of entries."""

    source: Source
    entries: tuple[BaselineEntry, ...]


def format_baseline(result: LintResult) -> str:
    """The file that makes every counting finding of the result a known one."""
    rows = sorted((*_key(finding), _words(finding)) for finding in result.counting)
    return HEAD + "".join("\t".join(row) + "\n" for row in rows)


def parse_baseline(path: str, text: str) -> Baseline:
    """A baseline as it was written. Raises Misused for a line that is none of its entries."""
    source = Source(path, text)
    entries = []
    at = 0
    for line in text.splitlines(keepends=True):
        words = line.rstrip("\r\n")
        if words.strip() and not words.startswith("#"):
            cells = words.split("\t")
            if len(cells) < 3:
                raise _unreadable(source, Span(at, at + len(words)))
            entries.append(BaselineEntry((cells[0], cells[1], cells[2]), Span(at, at + len(words))))
        at += len(line)
    return Baseline(source, tuple(entries))


def subtract_baseline(
    result: LintResult, baseline: Baseline, options: LintOptions, analyzed: Collection[str], *, whole: bool
) -> LintResult:
    """The result without the findings in the baseline, and with a finding for each entry that matches none.

    analyzed: the names of the analyzed migrations. whole: they are all there are, so that an entry of another
    one is stale too.
    """
    left = Counter(entry.known for entry in baseline.entries)
    kept: list[Finding] = []
    for finding in result.findings:
        key = _key(finding)
        if finding.allowed is None and left[key] > 0:
            left[key] -= 1
        else:
            kept.append(finding)
    stale = _stale(baseline, left, options, analyzed, whole)
    return replace(result, findings=(*kept, *stale), known=len(result.findings) - len(kept))


def _stale(
    baseline: Baseline, left: Counter[Known], options: LintOptions, analyzed: Collection[str], whole: bool
) -> tuple[Finding, ...]:
    on = resolve_severities(options, rules.headers())
    rule = next((header for header in on if header.name == STALE), None)
    if rule is None:
        return ()
    names = {each.name for each in rules.headers()}
    judging = {each.name for each in on}
    found = []
    # Of entries that are alike, the last ones are left over.
    for entry in reversed(baseline.entries):
        migration, name, _ = entry.known
        if left[entry.known] <= 0:
            continue
        left[entry.known] -= 1
        if (migration in analyzed or whole) and (name in judging or name not in names):
            message = f"{name} finds this no more in {migration}: the entry of the baseline is not needed"
            hint = Sentence("remove the line, or write a new baseline: rowkeep lint --write-baseline")
            found.append(
                Finding(
                    rule.name,
                    rule.code,
                    rule.category,
                    on[rule],
                    migration,
                    Direction.UP,
                    baseline.source,
                    entry.span,
                    message,
                    hint,
                )
            )
    return tuple(reversed(found))


def _key(finding: Finding) -> Known:
    migration, rule, word = finding_identity(finding)
    return migration.replace("\t", " "), rule, word


def _words(finding: Finding) -> str:
    words = " ".join(find_statement(finding).split())
    return words if len(words) <= WORDS else words[: WORDS - 1] + "…"


def _unreadable(source: Source, span: Span) -> Misused:
    # No excerpt: a file that is no baseline may be anything, and nobody asked to see it.
    return Misused(
        "this line is not a baseline entry",
        code=ErrorCode.BASELINE_INVALID,
        where=source.place(span.start),
        why="an entry is migration, rule and fingerprint, separated by tabs",
        instead=("rowkeep lint --write-baseline",),
    )
