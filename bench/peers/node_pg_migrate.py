"""node-pg-migrate 9, in both of its ways: all migrations in one transaction (its default), and one each."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from bench.peers import Place, Typed
from bench.peers._install import npm

PACKAGES = ("node-pg-migrate@9.0.0", "pg@8.23.1")


class NodePgMigrate:
    """node-pg-migrate up --no-single-transaction"""

    name = "node_pg_migrate"
    remark = "node-pg-migrate 9.0.0, a transaction each (--no-single-transaction)"
    flags: tuple[str, ...] = ("--no-single-transaction",)

    def __init__(self) -> None:
        self.program = ""

    def install(self, cache: Path) -> None:
        """From npm."""
        place = npm(cache, "node-pg-migrate", PACKAGES)
        self.program = str(place / "node_modules" / ".bin" / "node-pg-migrate")

    def write(self, directory: Path, migrations: list[tuple[str, str]]) -> None:
        """The format that Rowkeep keeps."""
        place = directory / "migrations"
        place.mkdir()
        for name, sql in migrations:
            (place / f"{name}.sql").write_text(f"-- Up Migration\n{sql}\n-- Down Migration\n")

    def typed(self, directory: Path, place: Place) -> Typed:
        """Without its echo of every statement."""
        url = f"postgres://{quote(place.user)}@/{place.database}?host={quote(place.socket, safe='')}"
        return Typed((self.program, "up", "--no-verbose", *self.flags), {"DATABASE_URL": url})


PEER = NodePgMigrate()
