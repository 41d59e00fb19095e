"""Operations on rows."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.operation.base import EVERY_ROW, SOME_ROWS, Call, Condition, Name, Operation


@dataclass(frozen=True, slots=True)
class Insert(Operation):
    """INSERT. from_query: by a SELECT over tables; rows: of VALUES, None where not counted.

    on_conflict: '', 'nothing' or 'update'. reads, where: of that SELECT. skips_present: it skips existing rows
    (NOT EXISTS, EXCEPT, an outer join with IS NULL). takes: the columns that the SELECT copies unchanged, `*` for all.
    loses: the columns whose old value ON CONFLICT DO UPDATE overwrites without keeping or testing it.
    """

    table: Name
    columns: tuple[Name, ...] = ()
    from_query: bool = False
    rows: int | None = None
    on_conflict: str = ""
    reads: tuple[Name, ...] = ()
    where: Condition = EVERY_ROW
    skips_present: bool = False
    takes: frozenset[str] = frozenset()
    loses: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Update(Operation):
    """UPDATE. limited: joined with FROM, or with a sub-select that has a LIMIT: a batch.

    adds_up: the columns whose new value is computed from their old one. copies: pairs of a column and the column whose
    whole value it takes (`SET new = old`, `SET new = old::text`). loses: the columns whose old value the statement
    neither keeps (`n + 1`) nor tests (`WHERE n IS NULL`, `WHERE n = 5`). fixed: the columns that are compared with a
    few constants (`WHERE id = 5`).
    """

    table: Name
    columns: tuple[Name, ...]
    where: Condition
    limited: bool = False
    adds_up: tuple[Name, ...] = ()
    copies: tuple[tuple[Name, Name], ...] = ()
    loses: tuple[Name, ...] = ()
    fixed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Delete(Operation):
    """DELETE. limited: with USING, or a sub-select that has a LIMIT."""

    table: Name
    where: Condition
    limited: bool = False


@dataclass(frozen=True, slots=True)
class Merge(Operation):
    """MERGE. deletes, updates, inserts: what its WHEN branches do. by_source: a branch WHEN NOT MATCHED BY SOURCE.

    on: what joins target and source. drops_rest: rows are deleted because the source lacks them. is_narrowed: each of
    its deleting branches has its own condition. loses: see Update; few_rows: its source is a list of constants.
    """

    table: Name
    deletes: bool = False
    updates: bool = False
    inserts: bool = False
    by_source: bool = False
    on: Condition = SOME_ROWS
    drops_rest: bool = False
    is_narrowed: bool = False
    loses: tuple[Name, ...] = ()
    few_rows: bool = False


@dataclass(frozen=True, slots=True)
class Truncate(Operation):
    """TRUNCATE, one operation per table."""

    table: Name
    cascade: bool = False
    restart_identity: bool = False


@dataclass(frozen=True, slots=True)
class Copy(Operation):
    """COPY. table None for COPY (query). target: '' = the client's stdin or stdout, else the file or the program."""

    table: Name | None
    is_from: bool
    target: str = ""
    is_program: bool = False


@dataclass(frozen=True, slots=True)
class Read(Operation):
    """A SELECT. tables: those it names; locks: '' or the row lock it takes (`FOR UPDATE` …), also in a sub-select.

    where: its own, of the one that locks; limited: it has a LIMIT.
    """

    tables: tuple[Name, ...] = ()
    locks: str = ""
    where: Condition = EVERY_ROW
    limited: bool = False


@dataclass(frozen=True, slots=True)
class CallFunction(Operation):
    """A function or procedure that the statement runs. for_effect: the statement has no other purpose
    (`SELECT f()`, `SELECT * FROM f()`, PERFORM, CALL). is_procedure: by CALL."""

    call: Call
    for_effect: bool = False
    is_procedure: bool = False


@dataclass(frozen=True, slots=True)
class LockTable(Operation):
    """LOCK TABLE, one operation per table. mode: PostgreSQL's name (`AccessExclusiveLock`)."""

    table: Name
    mode: str
    nowait: bool = False
