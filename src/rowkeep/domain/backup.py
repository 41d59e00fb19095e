"""A backup and what is known of it (its manifest)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TableCount:
    """Rows of one table, counted in the backup's own snapshot."""

    schema: str
    table: str
    rows: int


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup. path: the dump file; the manifest lies beside it as `<path>.json`.

    seconds: how long the dump took; bytes: size of the dump file; counts: rows per table at the snapshot;
    verified: how it was proven (`restored`), or None; snapshot, lsn: of the exported snapshot.
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
