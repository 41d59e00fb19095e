"""The known values and types of a body's variables at one point."""

from __future__ import annotations

from collections.abc import Iterable

from rowkeep.domain.frozen import dataclass, field
from rowkeep.parse.text.mapped_text import MappedText

MOST = 32
"""Most values of a variable that are tracked; with more it is unknown."""


@dataclass(frozen=True, slots=True)
class FoldedText:
    """One possible text of an expression. gaps: what fills the unknown places; a place that can only hold a quoted
    name or literal is not a gap. head: the part before the first gap."""

    text: MappedText
    gaps: tuple[str, ...] = ()
    head: str = ""

    def concat(self, other: FoldedText) -> FoldedText:
        """This text followed by `other`."""
        head = self.head if self.gaps else self.text.text + other.head
        return FoldedText(self.text.concat(other.text), (*self.gaps, *other.gaps), head)


def known_text(text: MappedText) -> FoldedText:
    """A text without gaps."""
    return FoldedText(text, (), text.text)


Values = tuple[FoldedText, ...]


@dataclass(slots=True)
class Scope:
    """values: by variable (`cmd`, `rec.cmd`); a missing variable can have any value. types: as declared."""

    values: dict[str, Values] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Scope:
        """An independent copy."""
        return Scope(dict(self.values), self.types)

    def set(self, name: str, values: Values) -> None:
        """`name` now has one of `values`; empty means any value."""
        self.forget((name,))
        if values and len(values) <= MOST:
            self.values[name] = values

    def forget(self, names: Iterable[str]) -> None:
        """Forget the values of `names` and of their fields."""
        for name in names:
            for key in [key for key in self.values if key == name or key.startswith(f"{name}.")]:
                del self.values[key]

    def merge(self, others: list[Scope]) -> None:
        """Merge after a branch: a variable has the values it can have after any of `others`."""
        names = set.intersection(*(set(other.values) for other in others)) if others else set()
        self.values = {}
        for name in names:
            together = tuple(dict.fromkeys(value for other in others for value in other.values[name]))
            if len(together) <= MOST:
                self.values[name] = together
