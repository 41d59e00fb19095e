"""The guard: what is compared within a migration's transaction, just before COMMIT."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from rowkeep.domain.deploy.loss import Loss
from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass


class GuardMode(Enum):
    """What happens with a loss that nobody accepted."""

    OFF = "off"
    """Nothing is compared."""
    COLLECT = "collect"
    """The migration is committed, and the result of the run has the loss: a rehearsal decides by itself."""
    WARN = "warn"
    """The migration is committed, and the loss is reported."""
    REFUSE = "refuse"
    """The migration is rolled back."""


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """How a run guards its migrations. accepted: names of what may be lost (`--accept-loss`).

    collect: is given each loss of a committed transaction, also where a later one fails.
    """

    mode: GuardMode = GuardMode.OFF
    accepted: frozenset[str] = frozenset()
    collect: Callable[[Loss], None] | None = None


class ObjectPart(Enum):
    """What a row of the query `guard.state` describes. The value is the word in that query."""

    RELATION = "relation"
    COLUMN = "column"
    TRIGGER = "trigger"
    RULE = "rule"
    POLICY = "policy"
    ENUM = "enum"
    FUNCTION = "function"
    EXTENSION = "extension"
    SETTING = "setting"
    DEFAULT_PRIVILEGES = "default privileges"


@dataclass(frozen=True, slots=True)
class CatalogObject:
    """One object of the catalog. oid, number: what identifies it; a column is its table's oid and its own number.

    name: for people, and for `--accept-loss`. facts: what else is compared, by name.
    """

    part: ObjectPart
    oid: int
    number: int
    name: str
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class RowChanges:
    """How many rows of a table this transaction inserted, updated and deleted, rolled back savepoints included."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class CatalogChange:
    """What a transaction changed, as far as it was looked at: objects as others still see them, and as it sees them.

    rows: of the tables that it locked, by oid. sequences: positions before and after, by oid, where they were read.
    large_objects: how many were deleted; large_object_pages: pages of their contents that were changed or deleted.
    empty: tables (oid, 0) without a row and columns (oid, number) without a value, just before the transaction.
    positions: of sequences before and, of new ones, after, where they were read. answers: how many rows a statement
    wrote, as the server said, by its text; in all attempts.
    """

    before: tuple[CatalogObject, ...]
    after: tuple[CatalogObject, ...]
    rows: dict[int, RowChanges]
    sequences: dict[int, tuple[int, int]]
    large_objects: int = 0
    large_object_pages: int = 0
    empty: frozenset[tuple[int, int]] = frozenset()
    positions: Mapping[int, int] = field(default_factory=dict)
    answers: Mapping[str, int] = field(default_factory=dict)
