"""The acts of one section by their kinds: a rule looks at those it asks for, and not at 100,000 others."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from heapq import merge

from rowkeep.domain.act import Act, SetVariable, Transaction

_ENDS = ("COMMIT", "ROLLBACK", "PREPARE")
"""What ends a transaction of the text's own."""


class Sequence:
    """The acts in order. controls: positions of the BEGIN, COMMIT … among them."""

    def __init__(self, acts: tuple[Act, ...] = (), controls: tuple[int, ...] = ()) -> None:
        self.acts = acts
        self._places: dict[type[Act], list[int]] = {}
        for place, act in enumerate(acts):
            self._places.setdefault(type(act), []).append(place)
        self.takes_all_back = self._takes_all_back(controls)

    def earlier(self, position: int, kinds: tuple[type[Act], ...]) -> Iterator[Act]:
        """Those of the kinds ahead of `position`, in order."""
        return self._among(
            [(places, range(bisect_left(places, position))) for kind in kinds if (places := self._places.get(kind))]
        )

    def later(self, position: int, kinds: tuple[type[Act], ...]) -> Iterator[Act]:
        """Those of the kinds behind `position`, in order."""
        return self._among(
            [
                (places, range(bisect_left(places, position + 1), len(places)))
                for kind in kinds
                if (places := self._places.get(kind))
            ]
        )

    def _among(self, runs: list[tuple[list[int], range]]) -> Iterator[Act]:
        """The acts of all runs, each the places of one kind and which of them are meant. Nothing is copied."""
        ordered = [map(places.__getitem__, numbers) for places, numbers in runs]
        return map(self.acts.__getitem__, ordered[0] if len(ordered) == 1 else merge(*ordered))

    def _takes_all_back(self, controls: tuple[int, ...]) -> bool:
        """Whether a failure takes back everything, where the section runs in one transaction of the runner's."""
        acts = self.acts
        ends = [place for place in controls if _action(acts[place]) in _ENDS]
        if not controls or (not ends and _action(acts[controls[0]]) != "BEGIN"):
            return True
        begins = [place for place in controls if _action(acts[place]) == "BEGIN"]
        if len(begins) != 1 or len(ends) > 1:
            return False
        outside = (*acts[: begins[0]], *(acts[ends[0] + 1 :] if ends else ()))
        return all(isinstance(act, SetVariable) for act in outside)


def _action(act: Act) -> str:
    return act.action if isinstance(act, Transaction) else ""
