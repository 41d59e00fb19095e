"""Rowkeep itself, with every safety on, as `rowkeep up` is without flags."""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg.conninfo

from bench.peers import Place, Typed


class Rowkeep:
    """rowkeep up"""

    name = "rowkeep"
    remark = "every safety on"

    def install(self, cache: Path) -> None:
        """It is this tree."""

    def write(self, directory: Path, migrations: list[tuple[str, str]]) -> None:
        """As node-pg-migrate has them."""
        place = directory / "migrations"
        place.mkdir()
        for name, sql in migrations:
            (place / f"{name}.sql").write_text(f"-- Up Migration\n{sql}\n-- Down Migration\n")

    def typed(self, directory: Path, place: Place) -> Typed:
        """No flag turns anything off: the database counts as production, and its name is confirmed."""
        name = str(psycopg.conninfo.conninfo_to_dict(place.conninfo)["dbname"])
        rowkeep = str(Path(sys.prefix) / "bin" / "rowkeep")
        return Typed((rowkeep, "up", "--confirm", name), {"DATABASE_URL": place.conninfo})


PEER = Rowkeep()
