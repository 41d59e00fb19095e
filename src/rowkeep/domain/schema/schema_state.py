"""What the migrations so far have told about the database: tables, columns, constraints, indexes, functions.

It is what the text says, not what the server holds: a table that is not here may well exist. Where a server was asked,
it begins with what that has told.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import field, fields
from enum import Enum

from rowkeep.domain.frozen import dataclass
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
"""Stands for the number of a migration where the server itself has told of something: it was there before."""


class TableAge(Enum):
    """Whether anybody but this migration can know a table."""

    NEW = "made by this migration; nobody else has seen it"
    PERHAPS = "made by this migration if it was not there before (IF NOT EXISTS, or a branch)"
    OLD = "there before"


@dataclass(frozen=True, slots=True)
class KnownConstraint:
    """A constraint of a table. is_valid: rows that were there before are known to obey."""

    constraint: Constraint
    name: str
    is_valid: bool
    migration: int
    transaction: int


@dataclass(frozen=True, slots=True)
class KnownDomain:
    """A domain. type: what it is made of. is_constrained: a CHECK or NOT NULL binds it, perhaps through that type."""

    key: Key
    type: TypeName
    is_constrained: bool = False
    is_not_null: bool = False
    default: Expression | None = None
    migration: int = 0


@dataclass(frozen=True, slots=True)
class KnownView:
    """A view that the text has made. reads: the relations in its query; columns: of the view, as of CreateView.

    needs: columns of relations that it cannot be without. whole: relations that it takes whole, of which not all
    columns are known, each with those that were.
    """

    key: Key
    reads: tuple[Key, ...]
    migration: int
    columns: tuple[str, ...] | None = None
    needs: frozenset[tuple[Key, str]] = frozenset()
    whole: tuple[tuple[Key, frozenset[str]], ...] = ()
    is_materialized: bool = False

    def needs_column(self, key: Key, column: str, present: Container[str]) -> bool:
        """Whether it needs a column of the relation `key`, which now has the columns `present`, as far as is known."""
        if (key, column) in self.needs:
            return True
        # What came after the view is not part of its `*`.
        return any(each == key and (column in then or column not in present) for each, then in self.whole)


@dataclass(frozen=True, slots=True)
class KnownTable:
    """A relation that the text has made or changed.

    made: the number of the migration that made it, None where only changes were seen. is_certain: it was not there
    before. is_written: rows were put into it since. partition_of: its parent; is_default: as the DEFAULT
    partition. parents: tables that it inherits from.
    has_default: it has one.
    has_row_security: ENABLE ROW LEVEL SECURITY. is_foreign: its rows stand on another server.
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
    """The columns by which it is partitioned, None for an expression; None where the text does not tell."""
    persistence: Persistence | None = None
    """How long it lives, where the text tells."""
    columns: dict[str, Column] = field(default_factory=dict)
    constraints: tuple[KnownConstraint, ...] = ()
    is_complete: bool = False
    """All its columns are known, because its CREATE TABLE was read and was certain."""
    is_listed: bool = False
    """`columns` are all that it has if it was made here."""
    live: LiveTable | None = None
    """What a server counts in it, where one was asked and the table was there."""
    within: tuple[Frame, ...] | None = None
    """Branches and loops in which it was made: there it is certain. None where IF NOT EXISTS leaves a doubt."""

    def constraint(self, name: Name) -> KnownConstraint | None:
        """The constraint of that name."""
        return next((one for one in self.constraints if one.name == name.name), None)


@dataclass(frozen=True, slots=True)
class KnownFunction:
    """A function of the project (or a prepared statement): what its body does, and the file it stands in.

    types, parameters, returns: of its input arguments and its result, as of CreateFunction. made: the statement that
    makes it; None for one that a body makes.
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
    """A lock on a table that somebody else uses, which the transaction holds until it ends. span: of who took it."""

    table: Name
    mode: LockMode
    transaction: int
    span: Span


@dataclass(slots=True)
class SchemaState:
    """The memory of the judge. It grows act by act; rules only read it."""

    tables: dict[Key, KnownTable] = field(default_factory=dict)
    indexes: Indexes = field(default_factory=Indexes)
    views: dict[Key, KnownView] = field(default_factory=dict)
    triggers: dict[tuple[Key, str], Key] = field(default_factory=dict)
    """By table and name: the function that the trigger calls."""
    trigger_events: dict[tuple[Key, str], tuple[str, ...]] = field(default_factory=dict)
    """By table and name: what the trigger waits for."""
    held: dict[Key, KnownLock] = field(default_factory=dict)
    """By table: the strongest lock that its last transaction has taken."""
    unnamed: dict[tuple[int, Direction, Span], tuple[Name, ...]] = field(default_factory=dict)
    """By migration, direction and act: tables that it locks without naming them, as the text has told before."""
    functions: dict[Key, KnownFunction] = field(default_factory=dict)
    prepared: dict[str, KnownFunction] = field(default_factory=dict)
    domains: dict[Key, KnownDomain] = field(default_factory=dict)
    enum_values: dict[Key, dict[str, int]] = field(default_factory=dict)
    """By type: its values, with the number of the transaction that added them; 0 for those of CREATE TYPE."""
    made: dict[tuple[str, Key, str], int] = field(default_factory=dict)
    """Every object that was made, by kind, key and part (a column, or ''), with the number of the migration; the kind
    `change` stands for a column's change, `not null` for SET NOT NULL of a column, known or not, `filled` for its
    UPDATE."""
    dropped: dict[Key, int] = field(default_factory=dict)
    """Tables that were dropped, with the number of the migration; made again, they leave this list."""
    kept: dict[tuple[Key, str], dict[str, int]] = field(default_factory=dict)
    """By table and column (`*` for all): copies of the values that were made, by their WHERE ('' for all rows), with
    the number of the migration."""
    foreign_schemas: set[str] = field(default_factory=set)
    """Schemas that IMPORT FOREIGN SCHEMA has filled with tables that the text does not name."""
    temporary: set[Key] = field(default_factory=set)
    """Those of the tables that go with the session."""
    until_commit: set[Key] = field(default_factory=set)
    """Those of them that go with their transaction."""
    gone: dict[tuple[Key, str], int] = field(default_factory=dict)
    """By table and column ('' for the table itself): what was certainly dropped or renamed, and by which migration."""
    gone_parts: dict[Key, tuple[str, ...]] = field(default_factory=dict)
    """By table: the columns (and '') that `gone` may hold of it."""
    taken: dict[Key, str] = field(default_factory=dict)
    """Indexes that went with something else, in words: `the column ends of basket`."""
    taken_constraints: dict[tuple[Key, str], str] = field(default_factory=dict)
    """The same of constraints, by their table and name."""
    settings: dict[str, str] = field(default_factory=dict)
    """Variables that SET has changed and nothing has set back."""
    search_path: tuple[str, ...] = ("public",)
    home: tuple[str, ...] = ("public",)
    """The search path with which every migration begins."""
    is_exact: bool = False
    """A server has told what it holds, and nothing has run since whose doings the text hides."""
    absent: set[Key] = field(default_factory=set)
    """Relations that the server was asked about and does not have, and that no migration has made since."""

    def copy(self) -> SchemaState:
        """The same memory, to go on with apart from this one (a down part)."""
        fresh = SchemaState(
            search_path=self.search_path, home=self.home, is_exact=self.is_exact, absent={*self.absent}
        )
        for each in fields(self):
            own = getattr(self, each.name)
            if isinstance(own, dict | set | Indexes):
                setattr(fresh, each.name, own.copy())
        return fresh

    def restore(self, earlier: SchemaState) -> None:
        """Be what `earlier` was: what came after it has been rolled back."""
        again = earlier.copy()
        for each in fields(self):
            setattr(self, each.name, getattr(again, each.name))

    def blur(self) -> None:
        """Something has happened that may have changed anything: what is known still is, what is not may be there."""
        self.is_exact = False
        self.absent.clear()
