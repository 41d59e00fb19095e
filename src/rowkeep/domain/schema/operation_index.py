"""The operations of one section indexed by kind, so that a rule reads only those it asks for, not 100,000 others."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from heapq import merge

from rowkeep.domain.operation import Operation, SetVariable, Transaction

_ENDS = ("COMMIT", "ROLLBACK", "PREPARE")
"""Operations that end a transaction which the migration itself began."""


class Sequence:
    """Operations in order. controls: positions of BEGIN, COMMIT … among them."""

    def __init__(self, operations: tuple[Operation, ...] = (), controls: tuple[int, ...] = ()) -> None:
        self.operations = operations
        self._places: dict[type[Operation], list[int]] = {}
        for place, operation in enumerate(operations):
            self._places.setdefault(type(operation), []).append(place)
        self.takes_all_back = self._takes_all_back(controls)

    def earlier(self, position: int, kinds: tuple[type[Operation], ...]) -> Iterator[Operation]:
        """Operations of these kinds before `position`, in order."""
        return self._among(
            [(places, range(bisect_left(places, position))) for kind in kinds if (places := self._places.get(kind))]
        )

    def later(self, position: int, kinds: tuple[type[Operation], ...]) -> Iterator[Operation]:
        """Operations of these kinds after `position`, in order."""
        return self._among(
            [
                (places, range(bisect_left(places, position + 1), len(places)))
                for kind in kinds
                if (places := self._places.get(kind))
            ]
        )

    def _among(self, runs: list[tuple[list[int], range]]) -> Iterator[Operation]:
        """Merge the runs in order: each is the positions of one kind, and a range of them. Nothing is copied."""
        ordered = [map(places.__getitem__, numbers) for places, numbers in runs]
        return map(self.operations.__getitem__, ordered[0] if len(ordered) == 1 else merge(*ordered))

    def _takes_all_back(self, controls: tuple[int, ...]) -> bool:
        """Whether a failure rolls back everything, given that the runner uses one transaction for the section."""
        operations = self.operations
        ends = [place for place in controls if _action(operations[place]) in _ENDS]
        if not controls or (not ends and _action(operations[controls[0]]) != "BEGIN"):
            return True
        begins = [place for place in controls if _action(operations[place]) == "BEGIN"]
        if len(begins) != 1 or len(ends) > 1:
            return False
        outside = (*operations[: begins[0]], *(operations[ends[0] + 1 :] if ends else ()))
        return all(isinstance(operation, SetVariable) for operation in outside)


def _action(operation: Operation) -> str:
    return operation.action if isinstance(operation, Transaction) else ""
