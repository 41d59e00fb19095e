"""Comments that allow: `-- rowkeep: allow drop-table because the table was never used`, and those of other tools."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rowkeep.domain.act import Noticed
from rowkeep.domain.finding import Allowance
from rowkeep.domain.source import Source, Span
from rowkeep.domain.statement import Statement
from rowkeep.judge.foreign import directives

UNWRITTEN = "operation-without-sql"

_COMMENT = re.compile(r"(?:--|/\*|#)[ \t]*rowkeep:[ \t]*allow(?P<file>-file)?\b(?P<rest>[^\n\r]*)", re.IGNORECASE)
_EMPTY_LINE = re.compile(r"[^\n]*\n[ \t]*\r?\n")
_PARTS = re.compile(r"\s*(?P<rules>.*?)(?:\bbecause\b\s*(?P<reason>.*?))?\s*(?:\*/.*)?$", re.IGNORECASE)


@dataclass(slots=True)
class _Comment:
    """One comment. reach: the characters whose findings it allows, None for the whole file; tool: '' for our own."""

    allowance: Allowance
    reach: Span | None
    tool: str = ""
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

    def complaints(self, known: Iterable[str], elsewhere: Collection[str] = ()) -> Iterator[Noticed]:
        """What is wrong with the comments: no reason, a rule that does not exist, one that allows nothing.

        elsewhere: rules that find nothing here because they look at a server; whether they do is not known here.
        """
        names = set(known)
        for comment in self.comments:
            if comment.tool == "django":
                span = comment.allowance.span
                self.of((UNWRITTEN,), span.start)
                yield Noticed(span, (), UNWRITTEN, "an operation of this migration is not written as SQL")
        for comment in self.comments:
            span, allowance = comment.allowance.span, comment.allowance
            if comment.tool:
                if comment.tool != "django" and not comment.used:
                    message = (
                        f"nothing here is found that {comment.tool} means: the directive is not needed for Rowkeep"
                    )
                    yield Noticed(span, (), "allowance-not-needed", message, fatal=False)
                continue
            if not allowance.reason:
                message = "the allowance gives no reason, so it allows nothing"
                yield Noticed(span, (), "allowance-without-reason", message)
                continue
            for rule in allowance.rules:
                if rule not in names:
                    yield Noticed(span, (), "allowance-of-unknown-rule", f"there is no rule {rule!r}")
                elif rule not in comment.used and rule not in elsewhere:
                    message = f"nothing here is found by {rule}: the allowance is not needed"
                    yield Noticed(span, (), "allowance-not-needed", message)


def allowances(source: Source, section: Span, statements: Sequence[Statement]) -> Allowances:
    """The comments in `section` of a file."""
    return Allowances([*_own(source, section, statements), *_of_others(source, section, statements)])


def _of_others(source: Source, section: Span, statements: Sequence[Statement]) -> Iterator[_Comment]:
    """The comments of other tools. A directive that begins a stretch reaches to the one that ends it."""
    found = tuple(directives(source.text, section.start, section.end))
    for number, each in enumerate(found):
        allowance = Allowance(each.rules, each.reason, source, Span(each.start, each.end))
        reach: Span | None
        match each.way:
            case "file":
                reach = None
            case "start":
                ends = (other.start for other in found[number:] if other.way == "end")
                reach = Span(each.start, next(ends, section.end))
            case "end":
                continue
            case _ if each.tool == "squawk" and _parted(source.text, each.end):
                reach = _line(source, each.start)
            case _:
                reach = _reach(source, each.start, statements)
        yield _Comment(allowance, reach, each.tool)


def _parted(text: str, at: int) -> bool:
    """Whether an empty line stands behind the comment that ends at `at`: squawk looks no further."""
    return _EMPTY_LINE.match(text, at) is not None


def _line(source: Source, at: int) -> Span:
    """The line that holds the character at `at`."""
    start = at - source.place(at).column + 1
    end = source.text.find("\n", at)
    return Span(start, end if end >= 0 else len(source.text))


def _own(source: Source, section: Span, statements: Sequence[Statement]) -> list[_Comment]:
    text = source.text
    if text.find("rowkeep:", section.start, section.end) < 0 and "rowkeep:" not in text.lower():
        return []
    found = []
    for match in _COMMENT.finditer(text, section.start, section.end):
        parts = _PARTS.match(match.group("rest"))
        words = parts.group("rules") if parts else ""
        reason = (parts.group("reason") or "").strip() if parts else ""
        rules = tuple(word.lower() for word in re.split(r"[,\s]+", words) if word)
        allowance = Allowance(rules, reason, source, Span(match.start(), match.end()))
        reach = None if match.group("file") else _reach(source, match.start(), statements)
        found.append(_Comment(allowance, reach if reason else Span(-1, -1)))
    return found


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
