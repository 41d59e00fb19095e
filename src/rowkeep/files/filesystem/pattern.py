"""Matches regular expressions of a checkout in bounded time: `(a+)+$` must not block CI for hours.

The expression is read by Python's own parser and followed for all places at once, as an automaton does, not by trying
one way after another. What only trying can decide (references to a group, looking back) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants as op  # type: ignore[attr-defined]  # no public name
from re import _parser  # type: ignore[attr-defined]  # the parser that `re.compile` uses
from typing import Any

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused

LONGEST = 1_000
"""Maximum length of an expression."""

STEPS = 20_000_000
"""Maximum number of steps for all names together; takes some seconds."""

_CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
}


def pattern(text: str, name: str) -> Pattern | re.Pattern[str]:
    """The expression of the setting `name`. Raises Misused for one that cannot be used."""
    return re.compile(text) if text in PLAIN else Pattern(text, name)


PLAIN = frozenset({r"\..*"})
"""The default, which is safe."""


class Pattern:
    """A regular expression. Raises Misused if it is invalid or not supported."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.text = text
        self._steps = 0
        try:
            if len(text) > LONGEST:
                raise re.error(f"it is longer than {LONGEST} characters")
            self._tree: Any = _parser.parse(text)
            self._ignore_case = bool(self._tree.state.flags & re.IGNORECASE)
            # Match a dummy name, so that unsupported syntax is refused at once.
            self._check_tree(self._tree)
        except (re.error, RecursionError, OverflowError) as error:
            why = str(error) if isinstance(error, re.error) else "it is nested too deeply"
            raise Misused(
                f"{name} is not a usable regular expression",
                code=ErrorCode.SETTING_INVALID,
                where=text,
                why=why,
            ) from None

    def fullmatch(self, word: str) -> bool:
        """Whether the expression matches all of `word`. Raises Misused if that would take too long."""
        return len(word) in self._ends(self._tree, {0}, word)

    def _check_tree(self, tree: Iterable[Any]) -> None:
        for code, value in tree:
            match code:
                case op.LITERAL | op.NOT_LITERAL | op.ANY | op.IN | op.AT:
                    pass
                case op.BRANCH:
                    for branch in value[1]:
                        self._check_tree(branch)
                case op.SUBPATTERN:
                    if value[1] or value[2]:
                        raise re.error("flags for a part of the expression are not supported")
                    self._check_tree(value[3])
                case op.MAX_REPEAT | op.MIN_REPEAT:
                    self._check_tree(value[2])
                case op.ASSERT | op.ASSERT_NOT if value[0] == 1:
                    self._check_tree(value[1])
                case _:
                    raise re.error("backreferences, lookbehind and atomic groups are not supported")

    def _ends(self, tree: Iterable[Any], places: set[int], word: str) -> set[int]:
        """Where in `word` a match of `tree` can end that begins at one of `places`."""
        for code, value in tree:
            if not places:
                break
            places = self._after(code, value, places, word)
        return places

    def _after(self, code: Any, value: Any, places: set[int], word: str) -> set[int]:
        self._steps += len(places)
        if self._steps > STEPS:
            raise Misused(
                f"{self.name} takes too long",
                code=ErrorCode.SETTING_INVALID,
                where=self.text,
                why="its repetitions are nested, or there are too many",
            )
        match code:
            case op.BRANCH:
                return set().union(*(self._ends(branch, places, word) for branch in value[1]))
            case op.SUBPATTERN:
                return self._ends(value[3], places, word)
            case op.MAX_REPEAT | op.MIN_REPEAT:
                return self._repeat(value, places, word)
            case op.ASSERT:
                return {at for at in places if self._ends(value[1], {at}, word)}
            case op.ASSERT_NOT:
                return {at for at in places if not self._ends(value[1], {at}, word)}
            case op.AT:
                return {at for at in places if self._stands(value, at, word)}
            case _:
                return {at + 1 for at in places if at < len(word) and self._matches_sign(code, value, word[at])}

    def _repeat(self, value: tuple[int, int, Any], places: set[int], word: str) -> set[int]:
        least, most, tree = value
        for _ in range(least):
            before, places = places, self._ends(tree, places, word)
            if not places or places == before:
                break
        found, new, times = set(places), set(places), least
        while new and times < most:
            new = self._ends(tree, new, word) - found
            found |= new
            times += 1
        return found

    def _stands(self, where: Any, at: int, word: str) -> bool:
        match where:
            case op.AT_BEGINNING | op.AT_BEGINNING_STRING:
                return at == 0
            case op.AT_END:
                return at == len(word) or (at == len(word) - 1 and word[at] == "\n")
            case op.AT_END_STRING:
                return at == len(word)
            case _:
                found = re.compile(r"\b").match(word, at) is not None
                return found if where == op.AT_BOUNDARY else not found

    def _matches_sign(self, code: Any, value: Any, sign: str) -> bool:
        signs = {sign, sign.lower(), sign.upper()} if self._ignore_case else {sign}
        match code:
            case op.ANY:
                return sign != "\n"
            case op.LITERAL:
                return any(ord(sign) == value for sign in signs if len(sign) == 1)
            case op.NOT_LITERAL:
                return all(ord(sign) != value for sign in signs if len(sign) == 1)
            case _:
                negated = value[0][0] == op.NEGATE
                items = value[1:] if negated else value
                return bool(negated) != any(
                    self._within(item, each) for item in items for each in signs if len(each) == 1
                )

    @staticmethod
    def _within(item: tuple[Any, Any], sign: str) -> bool:
        code, value = item
        match code:
            case op.LITERAL:
                return ord(sign) == int(value)
            case op.RANGE:
                return bool(value[0] <= ord(sign) <= value[1])
            case _:
                return re.fullmatch(_CATEGORIES[value], sign) is not None
