"""A backup and what is known of it (its manifest)."""

from __future__ import annotations

import re
from dataclasses import field

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.schema.structure import Structure

HASH_FORM = 2
"""How rows are written down to be hashed. 1: in part as the role's and the database's settings say; 2: in one form."""


@dataclass(frozen=True, slots=True)
class TableCount:
    """Rows of one table, counted in the backup's own snapshot.

    hashes: two sums over the text of all rows (order does not matter), where the content was read too; None otherwise.
    """

    schema: str
    table: str
    rows: int
    hashes: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class SequenceValue:
    """The last value a sequence gave out, or None before its first. ascending: it counts upwards."""

    schema: str
    sequence: str
    last: int | None
    ascending: bool = True


@dataclass(frozen=True, slots=True)
class SavedRole:
    """A role of the server, without its password.

    attributes: words of CREATE ROLE; needed: it owns something in the database, or has a right or a policy there;
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
    """What a dump without --create does not carry: how to make the same database again.

    provider: `c` (libc), `i` (ICU) or `b` (built in); locale: the name for the latter two. grants: None where nobody
    ever changed the rights that every new database has.
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
    """An extension that the dump needs, and the version it had. owner: None in manifests that do not know it."""

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
    bare_functions: functions that seem to look names up by search_path, and that a restore has to call.
    options: what pg_dump was told. system_identifier: of the cluster. structure_digest: of the fingerprint, which lies
    beside the dump as `<path>.structure.json`; roles_file: whether `<path>.roles.sql` does.
    verified: how it was proven (`counts`, `hashes`: restored and compared), or None; proof: in a sentence.
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
        return int(re.match(r"\d+", self.server_version)[0])  # type: ignore[index]  # a server always tells a number

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(count.rows for count in self.counts)

    @property
    def manifest_path(self) -> str:
        """Where the manifest lies."""
        return f"{self.path}.json"

    @property
    def structure_path(self) -> str:
        """Where the fingerprint lies."""
        return f"{self.path}.structure.json"

    @property
    def roles_path(self) -> str:
        """Where the roles lie, without passwords, as SQL."""
        return f"{self.path}.roles.sql"


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file among the backups that is no usable backup. fault: why, in a few words; stale: nobody writes it now."""

    path: str
    fault: str
    bytes: int
    stale: bool = True


@dataclass(frozen=True, slots=True)
class BackupList:
    """What lies in a backups directory: complete backups, newest first, and what is left of others."""

    directory: str
    backups: tuple[Backup, ...]
    leftovers: tuple[Leftover, ...] = ()


@dataclass(frozen=True, slots=True)
class CountDifference:
    """A number that a restored copy does not reproduce. what: the table, sequence …; expected and found in words.

    only_content: there are as many rows, and their hash is another.
    """

    what: str
    expected: str
    found: str
    only_content: bool = False


@dataclass(frozen=True, slots=True)
class RestoredBackup:
    """A backup that was restored, and gave back what its manifest says, but for what `differing` names.

    database: the new one's name; seconds: restoring and comparing; how: what was compared (`counts`, or
    `hashes`: every value); structure: of the restored copy; structure_compared: with the
    original's, which lay beside the dump and is of the same major; remarks: what differs and is known to harm nothing.
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
        """What was found, in a sentence without a full stop."""
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
