"""Comments that allow: `-- rowkeep: allow drop-table because the table was never used`, and those of other tools."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence

from rowkeep.analysis.suppression.foreign_directives import find_directives
from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.lint.finding import Suppression
from rowkeep.domain.operation import Notice
from rowkeep.domain.source import Source, Span
from rowkeep.domain.statement import Statement

UNWRITTEN = "operation-without-sql"

_COMMENT = compile_later(r"(?:--|/\*|#)[ \t]*rowkeep:[ \t]*allow(?P<file>-file)?\b(?P<rest>[^\n\r]*)", re.IGNORECASE)
_EMPTY_LINE = compile_later(r"[^\n]*\n[ \t]*\r?\n")
_PARTS = compile_later(r"\s*(?P<rules>.*?)(?:\bbecause\b\s*(?P<reason>.*?))?\s*(?:\*/.*)?$", re.IGNORECASE)


@dataclass(slots=True)
class _Comment:
    """One comment. reach: the characters whose findings it allows, None for the whole file; tool: '' for our own."""

    allowance: Suppression
    reach: Span | None
    tool: str = ""
    used: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Cover:
    """For one rule: which comment allows its findings in which part of the text.

    starts: where the parts begin, in order; numbers: the comment for each part, None where no comment applies.
    """

    starts: list[int]
    numbers: list[int | None]

    def first(self, at: int) -> int | None:
        """The number of the first comment that reaches the character `at`."""
        place = bisect_right(self.starts, at) - 1
        return self.numbers[place] if place >= 0 else None


def _covers(comments: Sequence[_Comment]) -> dict[str, _Cover]:
    """By rule. A file may hold 100,000 comments and as many findings: none of them looks through all the others."""
    by_rule: dict[str, list[int]] = {}
    for number, comment in enumerate(comments):
        for rule in dict.fromkeys(comment.allowance.rules):
            by_rule.setdefault(rule, []).append(number)
    return {rule: _cover(comments, numbers) for rule, numbers in by_rule.items()}


def _cover(comments: Sequence[_Comment], numbers: Sequence[int]) -> _Cover:
    whole = next((number for number in numbers if comments[number].reach is None), None)
    reaches = [(number, reach) for number in numbers if (reach := comments[number].reach) is not None]
    edges = sorted({0, *(edge for _, reach in reaches for edge in (reach.start, reach.end))})
    place = {edge: index for index, edge in enumerate(edges)}
    first: list[int | None] = [None] * len(edges)
    free = list(range(len(edges) + 1))
    """For each part of the text: itself, or a later one that may be the next without a comment."""

    def next_free(index: int) -> int:
        while free[index] != index:
            free[index] = free[free[index]]
            index = free[index]
        return index

    for number, reach in reaches:
        index = next_free(place[reach.start])
        while index < place[reach.end]:
            first[index] = number
            free[index] = index + 1
            index = next_free(index)
    if whole is not None:
        first = [whole if number is None else min(number, whole) for number in first]
    return _Cover(edges, first)


@dataclass(slots=True)
class Suppressions:
    """The comments of one section, and which of them were needed."""

    comments: list[_Comment]
    _by_rule: dict[str, _Cover] | None = None

    def of(self, names: Iterable[str], at: int) -> Suppression | None:
        """The comment that allows a finding at the character `at` of a rule with these `names`. Marks it used."""
        if not self.comments:
            return None
        if self._by_rule is None:
            self._by_rule = _covers(self.comments)
        covers = ((rule, self._by_rule.get(rule)) for rule in names)
        reached = ((cover.first(at), rule) for rule, cover in covers if cover is not None)
        found = min(((number, rule) for number, rule in reached if number is not None), default=None)
        if found is None:
            return None
        comment = self.comments[found[0]]
        comment.used.add(found[1])
        return comment.allowance

    def complaints(self, known: Iterable[str], elsewhere: Collection[str] = ()) -> Iterator[Notice]:
        """What is wrong with the comments: no reason, a rule that does not exist, one that allows nothing.

        elsewhere: rules that find nothing here because they look at a server; whether they do is not known here.
        """
        names = set(known)
        for comment in self.comments:
            if comment.tool == "django":
                span = comment.allowance.span
                self.of((UNWRITTEN,), span.start)
                yield Notice(span, (), UNWRITTEN, "an operation of this migration is not written as SQL")
        for comment in self.comments:
            span, allowance = comment.allowance.span, comment.allowance
            if comment.tool:
                if comment.tool != "django" and not comment.used:
                    message = (
                        f"nothing here is found that {comment.tool} means: the directive is not needed for Rowkeep"
                    )
                    yield Notice(span, (), "allowance-not-needed", message, fatal=False)
                continue
            if not allowance.reason:
                message = "the allowance gives no reason, so it allows nothing"
                yield Notice(span, (), "allowance-without-reason", message)
                continue
            for rule in allowance.rules:
                if rule not in names:
                    yield Notice(span, (), "allowance-of-unknown-rule", f"there is no rule {rule!r}")
                elif rule not in comment.used and rule not in elsewhere:
                    message = f"nothing here is found by {rule}: the allowance is not needed"
                    yield Notice(span, (), "allowance-not-needed", message)


def read_suppressions(source: Source, section: Span, statements: Sequence[Statement]) -> Suppressions:
    """The comments in `section` of a file."""
    return Suppressions([*_own(source, section, statements), *_of_others(source, section, statements)])


def _of_others(source: Source, section: Span, statements: Sequence[Statement]) -> Iterator[_Comment]:
    """The comments of other tools. A directive that begins a stretch reaches to the one that ends it."""
    found = tuple(find_directives(source.text, section.start, section.end))
    if not found:
        return
    standing = _Standing(source, statements)
    ends = [each.start for each in found if each.way == "end"]
    for each in found:
        allowance = Suppression(each.rules, each.reason, source, Span(each.start, each.end))
        reach: Span | None
        match each.way:
            case "file":
                reach = None
            case "start":
                end = bisect_right(ends, each.start)
                reach = Span(each.start, ends[end] if end < len(ends) else section.end)
            case "end":
                continue
            case _ if each.tool == "squawk" and _ends_block(source.text, each.end):
                reach = _line(source, each.start)
            case _:
                reach = standing.reach(each.start)
        yield _Comment(allowance, reach, each.tool)


def _ends_block(text: str, at: int) -> bool:
    """Whether an empty line follows the comment that ends at `at`: squawk looks no further."""
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
    standing = _Standing(source, statements)
    for match in _COMMENT.finditer(text, section.start, section.end):
        parts = _PARTS.match(match.group("rest"))
        words = parts.group("rules") if parts else ""
        reason = (parts.group("reason") or "").strip() if parts else ""
        rules = tuple(word.lower() for word in re.split(r"[,\s]+", words) if word)
        allowance = Suppression(rules, reason, source, Span(match.start(), match.end()))
        reach = None if match.group("file") else standing.reach(match.start())
        found.append(_Comment(allowance, reach if reason else Span(-1, -1)))
    return found


class _Standing:
    """Where a comment stands among the statements of a file."""

    def __init__(self, source: Source, statements: Sequence[Statement]) -> None:
        self._source = source
        # The statements of a file that is included twice are here twice.
        self._statements = sorted(statements, key=lambda statement: statement.span)
        self._starts = [statement.span.start for statement in self._statements]
        self._ends = [statement.span.end for statement in self._statements]
        self._lines: dict[tuple[int, int], int] = {}

    def reach(self, at: int) -> Span:
        """What a comment at `at` is about: the statement before it on the same line, or stands in (then its
        line and the next), or else the one that follows."""
        source = self._source
        place = source.place(at)
        first_of_line = at - place.column + 1
        number = bisect_left(self._ends, first_of_line)
        if number < len(self._statements):
            statement = self._statements[number]
            if statement.span.end <= at:
                return statement.span
            if statement.span.start <= at:
                first = statement.span.start if place.line == statement.place.line else first_of_line
                return Span(first, self._end_of_next_line(at, statement.span.end))
        following = bisect_right(self._starts, at)
        return self._statements[following].span if following < len(self._statements) else Span(at, at)

    def _end_of_next_line(self, at: int, limit: int) -> int:
        """The end of the first line after the comment that contains more than a comment."""
        text, passed = self._source.text, []
        end = text.find("\n", at)
        found = limit
        while 0 <= end < limit:
            # Each comment of a long row asks for the same line: whoever has passed here has found it.
            if (end, limit) in self._lines:
                found = self._lines[end, limit]
                break
            passed.append((end, limit))
            after = text.find("\n", end + 1)
            after = limit if after < 0 else after
            words = text[end + 1 : after].strip()
            if words and not words.startswith("--"):
                found = min(after, limit)
                break
            end = after
        self._lines.update(dict.fromkeys(passed, found))
        return found
