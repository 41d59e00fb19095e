"""The known indexes, by name and by table."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.frozen import dataclass

Key = tuple[str, str]
"""A schema and a name in it."""


@dataclass(frozen=True, slots=True)
class KnownIndex:
    """An index. key: its own; table: key of its table; columns: None for expressions.

    computed: the columns that its expressions and its WHERE name. is_valid: False if the server marks it invalid.
    """

    key: Key
    table: Key
    columns: tuple[str | None, ...]
    unique: bool
    migration: int
    transaction: int
    computed: tuple[str, ...] = ()
    is_valid: bool = True


class Indexes:
    """A mapping by key, with fast access to the indexes of one table."""

    def __init__(self) -> None:
        self._all: dict[Key, KnownIndex] = {}
        self._of: dict[Key, dict[Key, KnownIndex]] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Indexes) and self._all == other._all

    __hash__ = None  # type: ignore[assignment]

    def __contains__(self, key: object) -> bool:
        return key in self._all

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._all)

    def __getitem__(self, key: Key) -> KnownIndex:
        return self._all[key]

    def __setitem__(self, key: Key, index: KnownIndex) -> None:
        old = self._all.get(key)
        if old is not None and old.table != index.table:
            self._of[old.table].pop(key, None)
        self._all[key] = index
        self._of.setdefault(index.table, {})[key] = index

    def __delitem__(self, key: Key) -> None:
        del self._of[self._all.pop(key).table][key]

    def get(self, key: Key) -> KnownIndex | None:
        """The index of that name, None if there is none."""
        return self._all.get(key)

    def pop(self, key: Key) -> KnownIndex | None:
        """Remove and return it."""
        index = self._all.get(key)
        if index is not None:
            del self[key]
        return index

    def of(self, table: Key) -> tuple[KnownIndex, ...]:
        """The indexes of a table in the order in which they were added."""
        return tuple(self._of.get(table, {}).values())

    def copy(self) -> Indexes:
        """An independent copy."""
        fresh = Indexes()
        fresh._all = self._all.copy()
        fresh._of = {table: own.copy() for table, own in self._of.items() if own}
        return fresh
