"""dbmate: its native program, without the npm shim before it and the schema dump behind it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from bench.cost import Failed
from bench.peers import Place, Typed
from bench.peers._install import npm


class Dbmate:
    """dbmate migrate"""

    name = "dbmate"
    remark = "dbmate 2.36.0, native program, --no-dump-schema"

    def __init__(self) -> None:
        self.program = ""

    def install(self, cache: Path) -> None:
        """From npm; the program of this platform lies in a package of its own."""
        place = npm(cache, "dbmate", ("dbmate@2.36.0",))
        found = sorted(place.glob("node_modules/@dbmate/*/bin/dbmate"))
        if not found:
            raise Failed("npm's dbmate has no program for this platform; leave it out with --peers")
        self.program = str(found[0])

    def write(self, directory: Path, migrations: list[tuple[str, str]]) -> None:
        """Both markers are needed."""
        place = directory / "db" / "migrations"
        place.mkdir(parents=True)
        for name, sql in migrations:
            (place / f"{name}.sql").write_text(f"-- migrate:up\n{sql}\n-- migrate:down\n")

    def typed(self, directory: Path, place: Place) -> Typed:
        """`migrate`, not `up`: that one creates the database first."""
        url = f"postgres://{quote(place.user)}@/{place.database}?socket={quote(place.socket, safe='')}&sslmode=disable"
        return Typed((self.program, "--no-dump-schema", "migrate"), {"DATABASE_URL": url})


PEER = Dbmate()
