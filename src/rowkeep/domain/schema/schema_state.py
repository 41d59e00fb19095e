"""What is known about the database after the migrations so far: tables, columns, constraints, indexes, functions.

It comes from the text of the migrations, so a table that is not known may exist. If a database was read
(`lint --database`), its facts come first.
"""

from __future__ import annotations

from collections.abc import Container
from functools import cache

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass, declared_attributes, field
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.migration import Direction
from rowkeep.domain.operation import Column, Constraint, Expression, Frame, Name, Operation, Persistence, TypeName
from rowkeep.domain.schema.indexes import Indexes, Key, KnownIndex
from rowkeep.domain.schema.live_facts import LiveTable
from rowkeep.domain.source import Source, Span

__all__ = [
    "LIVE",
    "Indexes",
    "Key",
    "KnownConstraint",
    "KnownDomain",
    "KnownFunction",
    "KnownIndex",
    "KnownLock",
    "KnownTable",
    "KnownView",
    "SchemaState",
    "TableAge",
]

LIVE = -1
"""Stands for the number of a migration if the server has the object: it existed before all of them."""


class TableAge(Enum):
    """Whether anybody but this migration can use a table."""

    NEW = "made by this migration; nobody else has seen it"
    PERHAPS = "made by this migration if it was not there before (IF NOT EXISTS, or a branch)"
    OLD = "there before"


@dataclass(frozen=True, slots=True)
class KnownConstraint:
    """A constraint of a table. is_valid: existing rows are known to satisfy it."""

    constraint: Constraint
    name: str
    is_valid: bool
    migration: int
    transaction: int


@dataclass(frozen=True, slots=True)
class KnownDomain:
    """A domain. type: its base type. is_constrained: it has a CHECK or NOT NULL, perhaps by its base type."""

    key: Key
    type: TypeName
    is_constrained: bool = False
    is_not_null: bool = False
    default: Expression | None = None
    migration: int = 0


@dataclass(frozen=True, slots=True)
class KnownView:
    """A view that a migration created. reads: the relations in its query; columns: of the view, see CreateView.

    needs: columns of relations that it requires. whole: relations that it selects by `*` and of which not all columns
    are known, each with the known ones.
    """

    key: Key
    reads: tuple[Key, ...]
    migration: int
    columns: tuple[str, ...] | None = None
    needs: frozenset[tuple[Key, str]] = frozenset()
    whole: tuple[tuple[Key, frozenset[str]], ...] = ()
    is_materialized: bool = False

    def needs_column(self, key: Key, column: str, present: Container[str]) -> bool:
        """Whether it needs a column of the relation `key`, which now has the known columns `present`."""
        if (key, column) in self.needs:
            return True
        # Columns that were added after the view are not part of its `*`.
        return any(each == key and (column in then or column not in present) for each, then in self.whole)


@dataclass(frozen=True, slots=True)
class KnownTable:
    """A relation that a migration created or changed.

    made: the number of the migration that created it, None if only changes were seen. is_certain: it did not exist
    before. is_written: rows were added since. partition_of: its parent; is_default: as the DEFAULT
    partition. parents: tables that it inherits from.
    has_default: it has a DEFAULT partition.
    has_row_security: ENABLE ROW LEVEL SECURITY. is_foreign: its rows are on another server.
    """

    key: Key
    made: int | None = None
    transaction: int | None = None
    is_certain: bool = False
    is_temporary: bool = False
    is_written: bool = False
    is_partitioned: bool = False
    is_foreign: bool = False
    has_default: bool = False
    is_default: bool = False
    has_row_security: bool = False
    partition_of: Key | None = None
    parents: tuple[Key, ...] = ()
    partition_by: tuple[str | None, ...] | None = None
    """The columns by which it is partitioned, None for an expression; None if unknown."""
    persistence: Persistence | None = None
    """How long it exists, if known."""
    columns: dict[str, Column] = field(default_factory=dict)
    constraints: tuple[KnownConstraint, ...] = ()
    is_complete: bool = False
    """All its columns are known, because its CREATE TABLE was read and was certain."""
    is_listed: bool = False
    """`columns` are all its columns if this migration created it."""
    live: LiveTable | None = None
    """Its size on the server, if that was read and has the table."""
    within: tuple[Frame, ...] | None = None
    """Branches and loops in which it was created:

    inside them it certainly exists. None if IF NOT EXISTS leaves a doubt.
    """

    def constraint(self, name: Name) -> KnownConstraint | None:
        """The constraint of that name."""
        return next((one for one in self.constraints if one.name == name.name), None)


@dataclass(frozen=True, slots=True)
class KnownFunction:
    """A function of the project (or a prepared statement): what its body does, and its file.

    types, parameters, returns: of its input arguments and its result, see CreateFunction. made: the statement that
    creates it; None if a function body creates it.
    """

    name: Name
    source: Source
    operations: tuple[Operation, ...]
    language: str = "sql"
    is_readable: bool = True
    security_definer: bool = False
    volatility: str = "volatile"
    types: tuple[str, ...] = ()
    returns: str = ""
    parameters: tuple[str, ...] = ()
    made: Span | None = None


@dataclass(frozen=True, slots=True)
class KnownLock:
    """A lock on an existing table that the transaction holds until it ends. span: of the operation that took it."""

    table: Name
    mode: LockMode
    transaction: int
    span: Span


@dataclass(slots=True)
class SchemaState:
    """The state of the analysis. It is updated operation by operation; rules only read it."""

    tables: dict[Key, KnownTable] = field(default_factory=dict)
    indexes: Indexes = field(default_factory=Indexes)
    views: dict[Key, KnownView] = field(default_factory=dict)
    triggers: dict[tuple[Key, str], Key] = field(default_factory=dict)
    """By table and name: the function that the trigger calls."""
    trigger_events: dict[tuple[Key, str], tuple[str, ...]] = field(default_factory=dict)
    """By table and name: the events of the trigger."""
    held: dict[Key, KnownLock] = field(default_factory=dict)
    """By table: the strongest lock that its last transaction took."""
    unnamed: dict[tuple[int, Direction, Span], tuple[Name, ...]] = field(default_factory=dict)
    """By migration, direction and operation: known tables that it locks without naming them."""
    functions: dict[Key, KnownFunction] = field(default_factory=dict)
    prepared: dict[str, KnownFunction] = field(default_factory=dict)
    domains: dict[Key, KnownDomain] = field(default_factory=dict)
    enum_values: dict[Key, dict[str, int]] = field(default_factory=dict)
    """By type: its values, with the number of the transaction that added them; 0 for those of CREATE TYPE."""
    made: dict[tuple[str, Key, str], int] = field(default_factory=dict)
    """Every created object, by kind, key and part (a column, or ''), with the number of the migration; the kind
    `change` stands for a column's change, `not null` for SET NOT NULL of a column, known or not, `filled` for its
    UPDATE."""
    dropped: dict[Key, int] = field(default_factory=dict)
    """Dropped tables, with the number of the migration. Creating one again removes it here."""
    kept: dict[tuple[Key, str], dict[str, int]] = field(default_factory=dict)
    """By table and column (`*` for all): copies made of the values, by their WHERE ('' for all rows), with the number
    of the migration."""
    foreign_schemas: set[str] = field(default_factory=set)
    """Schemas that IMPORT FOREIGN SCHEMA filled with tables that the statement does not name."""
    temporary: set[Key] = field(default_factory=set)
    """Temporary tables."""
    until_commit: set[Key] = field(default_factory=set)
    """Temporary tables that are dropped at commit."""
    gone: dict[tuple[Key, str], int] = field(default_factory=dict)
    """By table and column ('' for the table itself):

    what was certainly dropped or renamed, and the migration that did it.
    """
    gone_parts: dict[Key, tuple[str, ...]] = field(default_factory=dict)
    """By table: its columns (and '') that `gone` may contain."""
    taken: dict[Key, str] = field(default_factory=dict)
    """Indexes that were dropped with something else, in words: `the column ends of basket`."""
    taken_constraints: dict[tuple[Key, str], str] = field(default_factory=dict)
    """The same for constraints, by table and name."""
    settings: dict[str, str] = field(default_factory=dict)
    """Variables changed by SET and not reset."""
    search_path: tuple[str, ...] = ("public",)
    home: tuple[str, ...] = ("public",)
    """The search path at the start of every migration."""
    is_exact: bool = False
    """The server was read, and no code that cannot be analyzed has run since."""
    absent: set[Key] = field(default_factory=set)
    """Relations that the server does not have and that no migration has created since."""

    def copy(self) -> SchemaState:
        """An independent copy (for a down part)."""
        fresh = SchemaState(
            search_path=self.search_path, home=self.home, is_exact=self.is_exact, absent={*self.absent}
        )
        for name in _field_names():
            own = getattr(self, name)
            if isinstance(own, _COPIED):
                setattr(fresh, name, own.copy())
        return fresh

    def restore(self, earlier: SchemaState) -> None:
        """Go back to `earlier`: what came after it was rolled back."""
        again = earlier.copy()
        for name in _field_names():
            setattr(self, name, getattr(again, name))

    def blur(self) -> None:
        """Unknown code ran: known objects stay known, but any other object may exist now."""
        self.is_exact = False
        self.absent.clear()


_COPIED = (dict, set, Indexes)


@cache
def _field_names() -> tuple[str, ...]:
    return tuple(declared_attributes(SchemaState))
