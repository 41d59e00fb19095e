"""What the migrations so far have told about the database: tables, columns, constraints, indexes, functions.

It is what the text says, not what the server holds: a table that is not here may well exist.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from rowkeep.domain.act import Act, Column, Constraint, Name
from rowkeep.domain.source import Source

Key = tuple[str, str]
"""A schema and a name in it."""


class Newness(Enum):
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
class KnownIndex:
    """An index. key: of itself; table: of its table; columns None for expressions."""

    key: Key
    table: Key
    columns: tuple[str | None, ...]
    unique: bool
    migration: int
    transaction: int


@dataclass(frozen=True, slots=True)
class KnownTable:
    """A relation that the text has made or changed.

    made: the number of the migration that made it, None where only changes were seen. is_certain: it was not there
    before. is_written: rows were put into it since. partition_of: its parent. has_default: it has a DEFAULT partition.
    """

    key: Key
    made: int | None = None
    transaction: int | None = None
    is_certain: bool = False
    is_temporary: bool = False
    is_written: bool = False
    is_partitioned: bool = False
    has_default: bool = False
    partition_of: Key | None = None
    columns: dict[str, Column] = field(default_factory=dict)
    constraints: tuple[KnownConstraint, ...] = ()
    is_complete: bool = False
    """All its columns are known, because its CREATE TABLE was read and was certain."""

    def constraint(self, name: Name) -> KnownConstraint | None:
        """The constraint of that name."""
        return next((one for one in self.constraints if one.name == name.name), None)


@dataclass(frozen=True, slots=True)
class KnownFunction:
    """A function of the project (or a prepared statement): what its body does, and the file it stands in."""

    name: Name
    source: Source
    acts: tuple[Act, ...]
    language: str = "sql"
    is_readable: bool = True
    security_definer: bool = False
    volatility: str = "volatile"


@dataclass(slots=True)
class Known:
    """The memory of the judge. It grows act by act; rules only read it."""

    tables: dict[Key, KnownTable] = field(default_factory=dict)
    indexes: dict[Key, KnownIndex] = field(default_factory=dict)
    functions: dict[Key, KnownFunction] = field(default_factory=dict)
    prepared: dict[str, KnownFunction] = field(default_factory=dict)
    enum_values: dict[Key, dict[str, int]] = field(default_factory=dict)
    """By type: the values that were added, with the number of the transaction that did it."""
    made: dict[tuple[str, Key, str], int] = field(default_factory=dict)
    """Every object that was made, by kind, key and part (a column, or ''), with the number of the migration."""
    dropped: dict[Key, int] = field(default_factory=dict)
    """Tables that were dropped, with the number of the migration; made again, they leave this list."""
    temporary: set[Key] = field(default_factory=set)
    """Those of the tables that go with the session."""
    settings: dict[str, str] = field(default_factory=dict)
    """Variables that SET has changed and nothing has set back."""
    search_path: tuple[str, ...] = ("public",)

    def copy(self) -> Known:
        """The same memory, to go on with apart from this one (a down part)."""
        fresh = Known(search_path=self.search_path)
        for name in ("tables", "indexes", "functions", "prepared", "enum_values", "made", "dropped", "settings"):
            setattr(fresh, name, dict(getattr(self, name)))
        return fresh
