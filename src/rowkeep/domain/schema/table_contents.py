"""Contents of tables, counted before and after a rehearsal to detect losses."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass


@dataclass(frozen=True, slots=True)
class ColumnContents:
    """A column by its number (a dropped and re-added column has another one). filled: rows where it is not null."""

    number: int
    name: str
    type: str
    filled: int


@dataclass(frozen=True, slots=True)
class TableContents:
    """A table by its oid (a renamed table keeps it).

    root, family: oid and name of the partitioned table it belongs to, or its own. updated, deleted, inserted: row
    counts of the statistics (`pg_stat_all_tables.n_tup_upd`, `n_tup_del`, `n_tup_ins`). file: the number of the file
    with its rows; TRUNCATE and what rewrites the table give it another one. bytes: of its rows and toasted values,
    without indexes and maps.
    """

    oid: int
    root: int
    family: str
    name: str
    rows: int
    columns: tuple[ColumnContents, ...]
    updated: int = 0
    deleted: int = 0
    inserted: int = 0
    file: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class DatabaseContents:
    """All tables of a database at one snapshot, and its large objects."""

    tables: tuple[TableContents, ...]
    large_objects: int = 0
