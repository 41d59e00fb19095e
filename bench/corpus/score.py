"""How well a linter did on the corpus: dangers named, half named, missed; safe files flagged without cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from bench.corpus import Case, Danger
from bench.corpus.told import Told


class Mark(Enum):
    """What a linter made of one danger."""

    HIT = "hit"
    """Named: the right line and the right promise."""
    PARTIAL = "partial"
    """The right promise on another line, or the right line for another reason."""
    MISS = "miss"
    """Nothing but taste and habit was said."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One danger of a case, and what a linter made of it."""

    case: Case
    danger: Danger
    mark: Mark


@dataclass(frozen=True, slots=True)
class Score:
    """A linter's marks, one a danger, and its findings on safe cases, by case."""

    linter: str
    judged: tuple[Judged, ...]
    false: Mapping[str, tuple[Told, ...]]

    def count(self, mark: Mark, category: str | None = None) -> int:
        """How many dangers (of a promise) got this mark."""
        return sum(one.mark is mark and category in (None, one.danger.category) for one in self.judged)

    @property
    def clean(self) -> int:
        """Dangerous cases for which it said nothing but taste and habit."""
        marks: dict[str, set[Mark]] = {}
        for one in self.judged:
            marks.setdefault(one.case.name, set()).add(one.mark)
        return sum(found == {Mark.MISS} for found in marks.values())

    @property
    def severe(self) -> Mapping[str, tuple[Told, ...]]:
        """The false findings of data and lock severity, by safe case."""
        found = {name: tuple(one for one in told if one.severe) for name, told in self.false.items()}
        return {name: told for name, told in found.items() if told}

    @property
    def felt(self) -> Mapping[str, tuple[Told, ...]]:
        """Those of the noisy findings that are more than a note, by safe case."""
        found = {name: tuple(one for one in told if not one.note) for name, told in self.noisy.items()}
        return {name: told for name, told in found.items() if told}

    @property
    def noisy(self) -> Mapping[str, tuple[Told, ...]]:
        """All false findings but taste and habit, by safe case."""
        found = {name: tuple(one for one in told if not one.aside) for name, told in self.false.items()}
        return {name: told for name, told in found.items() if told}


def score(linter: str, cases: Sequence[Case], told: Mapping[str, Sequence[Told]]) -> Score:
    """Mark every danger, and gather what was said of safe cases."""
    return Score(
        linter=linter,
        judged=tuple(_judged(cases, told)),
        false={case.name: tuple(told.get(case.name, ())) for case in cases if case.safe and told.get(case.name)},
    )


def _judged(cases: Sequence[Case], told: Mapping[str, Sequence[Told]]) -> Iterator[Judged]:
    for case in cases:
        findings = [one for one in told.get(case.name, ()) if not one.aside]
        for danger in case.dangers:
            yield Judged(case, danger, _mark(danger, findings))


def _mark(danger: Danger, findings: Sequence[Told]) -> Mark:
    best = Mark.MISS
    for one in findings:
        here = any(place.holds(one.file, one.line) for place in danger.places)
        named = danger.named_by(one.categories)
        if here and named:
            return Mark.HIT
        if here or named:
            best = Mark.PARTIAL
    return best
