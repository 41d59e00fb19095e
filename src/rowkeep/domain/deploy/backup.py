"""A backup and its manifest."""

from __future__ import annotations

import re

from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.schema.structure import Structure

HASH_FORM = 2
"""The text format of rows for hashing. 1: depends on settings of the role and database. 2: independent of them."""


@dataclass(frozen=True, slots=True)
class TableCount:
    """Rows of one table, counted in the backup's own snapshot.

    hashes: two sums over the text of all rows, independent of their order. None if the contents were not read.
    """

    schema: str
    table: str
    rows: int
    hashes: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class SequenceValue:
    """The last value of a sequence, None if it was never used. ascending: it counts upwards."""

    schema: str
    sequence: str
    last: int | None
    ascending: bool = True


@dataclass(frozen=True, slots=True)
class SavedRole:
    """A role of the server, without its password.

    attributes: options of CREATE ROLE; needed: it owns an object in the database, or a grant or policy there names it;
    member_of: (role, options of GRANT); settings: what ALTER ROLE set for it everywhere, in order.
    """

    name: str
    attributes: tuple[str, ...]
    needed: bool = True
    member_of: tuple[tuple[str, str], ...] = ()
    settings: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class DatabaseSetting:
    """What ALTER DATABASE (or ALTER ROLE … IN DATABASE) set. role: None for everybody. The value may be a secret."""

    role: str | None
    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DatabaseGrant:
    """A right on the database itself. grantee: None for PUBLIC."""

    grantee: str | None
    privilege: str
    grantable: bool


@dataclass(frozen=True, slots=True)
class DatabaseProperties:
    """What a dump without --create does not contain: how to create the same database again.

    provider: `c` (libc), `i` (ICU) or `b` (built in); locale: the name for the latter two. grants: None if the
    default rights of the database were never changed.
    """

    owner: str
    encoding: str
    collate: str
    ctype: str
    provider: str = "c"
    locale: str | None = None
    icu_rules: str | None = None
    connection_limit: int = -1
    comment: str | None = None
    settings: tuple[DatabaseSetting, ...] = ()
    grants: tuple[DatabaseGrant, ...] | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension that the dump needs, and the version it had. owner: None in older manifests."""

    name: str
    version: str
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup. path: the dump file; the manifest lies beside it as `<path>.json`.

    taken_at, verified_at: UTC, ISO 8601. seconds: how long the dump took; bytes: size of the dump file;
    table_bytes: of the tables on the server. counts: rows per table at the snapshot; sequences: at least these values;
    large_object_hashes: as a table's hashes, over number and content.
    files: of every file beside the dump but the manifest, what follows the dump's name, and its SHA-256; empty for a
    backup of an older Rowkeep. hash_form: how rows were written down for their hashes (HASH_FORM is today's).
    bare_functions: functions that a restore calls and that seem to depend on search_path.
    options: of pg_dump. system_identifier: of the cluster. structure_digest: of the fingerprint, which lies
    beside the dump as `<path>.structure.json`; roles_file: whether `<path>.roles.sql` does.
    verified: how the restored copy was compared (`counts`, `hashes`), None if it was not; proof: in a sentence.
    """

    id: str
    path: str
    database: str
    server_version: str
    client_version: str
    taken_at: str
    seconds: float
    bytes: int
    sha256: str
    counts: tuple[TableCount, ...]
    snapshot: str | None = None
    lsn: str | None = None
    verified: str | None = None
    verified_at: str | None = None
    proof: str | None = None
    system_identifier: str | None = None
    server: str | None = None
    user: str | None = None
    standby: bool = False
    table_bytes: int = 0
    large_objects: int = 0
    large_object_hashes: tuple[str, str] | None = None
    sequences: tuple[SequenceValue, ...] = ()
    extensions: tuple[Extension, ...] = ()
    roles: tuple[SavedRole, ...] = ()
    roles_file: bool = False
    properties: DatabaseProperties | None = None
    structure_digest: str | None = None
    options: tuple[str, ...] = ()
    commit: str | None = None
    files: tuple[tuple[str, str], ...] = ()
    hash_form: int = 1
    bare_functions: tuple[str, ...] = ()

    @property
    def major(self) -> int:
        """The major version of the server that was dumped."""
        return int(re.match(r"\d+", self.server_version)[0])  # type: ignore[index]  # a server version always begins with a number

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(count.rows for count in self.counts)

    @property
    def manifest_path(self) -> str:
        """The path of the manifest."""
        return f"{self.path}.json"

    @property
    def structure_path(self) -> str:
        """The path of the structure file."""
        return f"{self.path}.structure.json"

    @property
    def roles_path(self) -> str:
        """The path of the SQL file of the roles, which holds no passwords."""
        return f"{self.path}.roles.sql"


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file in the backups directory that is not a usable backup. fault: why; stale: no process is writing it."""

    path: str
    fault: str
    bytes: int
    stale: bool = True


@dataclass(frozen=True, slots=True)
class BackupList:
    """The contents of a backups directory: complete backups, newest first, and leftovers of incomplete ones."""

    directory: str
    backups: tuple[Backup, ...]
    leftovers: tuple[Leftover, ...] = ()


@dataclass(frozen=True, slots=True)
class CountDifference:
    """A count or hash that differs in a restored copy. what: the table, sequence …

    only_content: the number of rows is the same and the hash differs.
    """

    what: str
    expected: str
    found: str
    only_content: bool = False


@dataclass(frozen=True, slots=True)
class RestoredBackup:
    """A restored backup that was compared with its manifest. differing: what is not the same.

    database: the new one's name; seconds: restoring and comparing; how: what was compared (`counts`, or
    `hashes`: every value); structure: of the restored copy; structure_compared: whether it was
    compared with the original, saved with the dump by a server of the same major; remarks: harmless differences.
    """

    backup: Backup
    database: str
    seconds: float
    how: str
    structure: Structure
    structure_compared: bool
    remarks: tuple[str, ...] = ()
    differing: tuple[CountDifference, ...] = ()

    @property
    def proof(self) -> str:
        """The result in a sentence without a full stop."""
        if self.differing:
            return f"NOT proven: the copy differs from the manifest in {len(self.differing)} of the numbers"
        structure = ", and the structure" if self.structure_compared else ""
        counts = self.backup.counts
        if self.how != "hashes":
            return f"restored: {_rows(counts)} came back (counted, values not compared){structure}"
        read = tuple(count for count in counts if count.hashes)
        counted = tuple(count for count in counts if not count.hashes)
        more = f", and {_rows(counted)} by their number" if counted else ""
        return f"restored: every value of {_rows(read)} came back{more}{structure}"


def _rows(counts: tuple[TableCount, ...]) -> str:
    rows, tables = sum(count.rows for count in counts), len(counts)
    return f"{rows:,} row{'s' * (rows != 1)} in {tables:,} table{'s' * (tables != 1)}"
