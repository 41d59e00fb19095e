"""What the application sends to the database, and which of it a migration breaks."""

from __future__ import annotations

import hashlib

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.source import Place

STATISTICS = "pg_stat_statements"
"""The source of statements that production's server recorded."""


@dataclass(frozen=True, slots=True)
class ApplicationStatement:
    """A statement of the application.

    role: the role that sends it; None: the role that migrates. search_path: of that role in this database; None: the
    server's own. calls: how often it was recorded, None where unknown. hours: since when it was recorded, None where
    unknown. query_id: of pg_stat_statements. saved_name: the name of a statement whose text is not known any more.
    """

    text: str
    role: str | None = None
    search_path: str | None = None
    calls: int | None = None
    hours: float | None = None
    query_id: int | None = None
    saved_name: str | None = None

    @property
    def name(self) -> str:
        """A short name that stays the same: a hash of the text and the role."""
        if self.saved_name is not None:
            return self.saved_name
        return "s" + hashlib.sha256(f"{self.role or ''}\0{self.text}".encode("utf-8", "replace")).hexdigest()[:10]

    @property
    def calls_per_hour(self) -> float | None:
        """How often it is called, on average over the time in which it was recorded."""
        return None if self.calls is None or not self.hours else self.calls / max(self.hours, 1.0)


@dataclass(frozen=True, slots=True)
class InsertTarget:
    """A table into which a statement inserts. columns: that it names; None: it names none.

    values: how many values each row has, where it names no columns; None: not known from the text.
    """

    schema: str | None
    table: str
    columns: tuple[str, ...] | None
    values: int | None


@dataclass(frozen=True, slots=True)
class ApplicationQuery:
    """A statement of the application, read. text: as it can be prepared. tables: (schema, name) that it names."""

    statement: ApplicationStatement
    text: str
    tables: frozenset[tuple[str | None, str]]
    inserts: tuple[InsertTarget, ...]


@dataclass(frozen=True, slots=True)
class PreparedStatement:
    """How the server understands a statement, without running it.

    error: the server's message where it refuses it; the rest is empty then. parameters: their types. columns: of the
    result, each with its type. missing: columns that its INSERTs leave out and that then have no value, as
    schema.table.column. scans: tables that its plan reads from the first row to the last.
    """

    error: str | None = None
    sqlstate: str | None = None
    parameters: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    scans: frozenset[str] = frozenset()


class ChangeKind(Enum):
    """What changes for a statement."""

    FAILS = "fails"
    MISSING_VALUE = "missing value"
    PARAMETER_TYPE = "parameter type"
    RESULT_COLUMN = "result column"
    RESULT_TYPE = "result type"
    TABLE_SCAN = "table scan"


@dataclass(frozen=True, slots=True)
class StatementChange:
    """What a migration changes for one statement. breaks: the application must expect an error or another meaning.

    migration: after which migration this was seen. place: its statement that names the same table, if only one does.
    calls_meanwhile: how often the statement was called while the deploy ran; None where unknown.
    """

    statement: ApplicationStatement
    kind: ChangeKind
    message: str
    breaks: bool
    migration: str | None = None
    place: Place | None = None
    calls_meanwhile: int | None = None


@dataclass(frozen=True, slots=True)
class UncheckedStatement:
    """A statement that could not be checked, because the copy refused it before any migration ran."""

    statement: ApplicationStatement
    why: str


@dataclass(frozen=True, slots=True)
class ApplicationLoad:
    """What statements felt that ran as load beside the migrations. Times in seconds.

    left_out: statements that were not run, because they have parameters or do not read or write rows. executed: in all
    sessions. failed: how many by SQLSTATE. *_before: in the second before the migrations. worst: the longest that one
    took beside them; worst_place: the statement of a migration that ran meanwhile.
    """

    source: str
    statements: int
    left_out: int
    sessions: int
    executed: int
    failed: tuple[tuple[str, int], ...]
    p50_before: float
    p99_before: float
    p50: float
    p99: float
    worst: float
    worst_statement: str
    worst_place: Place | None = None


@dataclass(frozen=True, slots=True)
class ApplicationCheck:
    """The application's statements, checked on the copy before and after the migrations.

    source: where the statements come from. checked: how many worked before. left_out: how many were not looked at.
    """

    source: str
    checked: int
    changes: tuple[StatementChange, ...]
    unchecked: tuple[UncheckedStatement, ...] = ()
    left_out: int = 0
    seconds: float = 0.0

    @property
    def broken(self) -> tuple[StatementChange, ...]:
        """The changes that break a statement."""
        return tuple(change for change in self.changes if change.breaks)
