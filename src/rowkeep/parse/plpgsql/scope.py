"""What is known of a body's variables at one point: the texts they may hold, and their types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from rowkeep.domain.frozen import dataclass
from rowkeep.parse.text.mapped_text import MappedText

MOST = 32
"""Alternatives that are followed; a variable with more of them is unknown."""


@dataclass(frozen=True, slots=True)
class FoldedText:
    """One text that an expression may give. gaps: what fills the places where anything at all may stand; a place that
    can only hold a quoted name or literal is no gap. head: the part in front of the first gap."""

    text: MappedText
    gaps: tuple[str, ...] = ()
    head: str = ""

    def concat(self, other: FoldedText) -> FoldedText:
        """This text with `other` behind it."""
        head = self.head if self.gaps else self.text.text + other.head
        return FoldedText(self.text.concat(other.text), (*self.gaps, *other.gaps), head)


def known_text(text: MappedText) -> FoldedText:
    """A text without gaps."""
    return FoldedText(text, (), text.text)


Values = tuple[FoldedText, ...]


@dataclass(slots=True)
class Scope:
    """values: by variable (`cmd`, `rec.cmd`); a variable that is not in it may hold anything. types: as declared."""

    values: dict[str, Values] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Scope:
        """The same knowledge, to go one's own way with."""
        return Scope(dict(self.values), self.types)

    def set(self, name: str, values: Values) -> None:
        """`name` now holds one of `values`; none means that it may hold anything."""
        self.forget((name,))
        if values and len(values) <= MOST:
            self.values[name] = values

    def forget(self, names: Iterable[str]) -> None:
        """Nothing is known of `names` and their fields any more."""
        for name in names:
            for key in [key for key in self.values if key == name or key.startswith(f"{name}.")]:
                del self.values[key]

    def merge(self, others: list[Scope]) -> None:
        """Any of the ways `others` was gone: what holds now is what may hold after any of them."""
        names = set.intersection(*(set(other.values) for other in others)) if others else set()
        self.values = {}
        for name in names:
            together = tuple(dict.fromkeys(value for other in others for value in other.values[name]))
            if len(together) <= MOST:
                self.values[name] = together
