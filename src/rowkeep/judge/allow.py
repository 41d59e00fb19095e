"""Comments that allow: `-- rowkeep: allow drop-table because the table was never used`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rowkeep.domain.act import Noticed
from rowkeep.domain.finding import Allowance
from rowkeep.domain.source import Source, Span
from rowkeep.domain.statement import Statement

_COMMENT = re.compile(r"(?:--|/\*)[ \t]*rowkeep:[ \t]*allow(?P<file>-file)?\b(?P<rest>[^\n\r]*)", re.IGNORECASE)
_PARTS = re.compile(r"\s*(?P<rules>.*?)(?:\bbecause\b\s*(?P<reason>.*?))?\s*(?:\*/.*)?$", re.IGNORECASE)


@dataclass(slots=True)
class _Comment:
    """One comment. reach: the characters whose findings it allows; None for the whole file."""

    allowance: Allowance
    reach: Span | None
    used: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Allowances:
    """The comments of one section, and which of them were needed."""

    comments: list[_Comment]

    def of(self, names: Iterable[str], at: int) -> Allowance | None:
        """The comment that allows a finding at the character `at` of a rule that goes by `names`; it is needed now."""
        for comment in self.comments:
            reach = comment.reach
            if reach is None or reach.start <= at < reach.end:
                for rule in comment.allowance.rules:
                    if rule in names:
                        comment.used.add(rule)
                        return comment.allowance
        return None

    def complaints(self, known: Iterable[str]) -> Iterator[Noticed]:
        """What is wrong with the comments: no reason, a rule that does not exist, one that allows nothing."""
        names = set(known)
        for comment in self.comments:
            span, allowance = comment.allowance.span, comment.allowance
            if not allowance.reason:
                message = "the allowance gives no reason, so it allows nothing"
                yield Noticed(span, (), "allowance-without-reason", message)
                continue
            for rule in allowance.rules:
                if rule not in names:
                    yield Noticed(span, (), "allowance-of-unknown-rule", f"there is no rule {rule!r}")
                elif rule not in comment.used:
                    message = f"nothing here is found by {rule}: the allowance is not needed"
                    yield Noticed(span, (), "allowance-not-needed", message)


def allowances(source: Source, section: Span, statements: Sequence[Statement]) -> Allowances:
    """The comments in `section` of a file."""
    text = source.text
    if text.find("rowkeep:", section.start, section.end) < 0 and "rowkeep:" not in text.lower():
        return Allowances([])
    found = []
    for match in _COMMENT.finditer(text, section.start, section.end):
        parts = _PARTS.match(match.group("rest"))
        words = parts.group("rules") if parts else ""
        reason = (parts.group("reason") or "").strip() if parts else ""
        rules = tuple(word.lower() for word in re.split(r"[,\s]+", words) if word)
        allowance = Allowance(rules, reason, source, Span(match.start(), match.end()))
        reach = None if match.group("file") else _reach(source, match.start(), statements)
        found.append(_Comment(allowance, reach if reason else Span(-1, -1)))
    return Allowances(found)


def _reach(source: Source, at: int, statements: Sequence[Statement]) -> Span:
    """What a comment at `at` speaks of: the statement it stands behind on the same line, or stands in (then its line
    and the next), or else the one that follows."""
    line = source.place(at).line
    for statement in statements:
        if statement.span.start <= at < statement.span.end:
            first = statement.span.start if line == statement.place.line else at - source.place(at).column + 1
            return Span(first, _end_of_next_line(source, at, statement.span.end))
        if statement.span.end <= at and source.place(statement.span.end).line == line:
            return statement.span
    following = next((statement.span for statement in statements if statement.span.start > at), None)
    return following or Span(at, at)


def _end_of_next_line(source: Source, at: int, limit: int) -> int:
    """The end of the first line behind the comment that holds more than a comment."""
    text = source.text
    end = text.find("\n", at)
    while 0 <= end < limit:
        after = text.find("\n", end + 1)
        after = limit if after < 0 else after
        words = text[end + 1 : after].strip()
        if words and not words.startswith("--"):
            return min(after, limit)
        end = after
    return limit
