"""The floor: psql in one session, the same files, each between BEGIN and COMMIT; no history, no check, no lock."""

from __future__ import annotations

from pathlib import Path

from bench.peers import Place, Typed


class Psql:
    """psql -f all.sql, which includes every file."""

    name = "psql"
    remark = "the floor: one session, no history table, no checks"

    def install(self, cache: Path) -> None:
        """It comes with the server."""

    def write(self, directory: Path, migrations: list[tuple[str, str]]) -> None:
        """One file a migration, and one that includes them."""
        for name, sql in migrations:
            (directory / f"{name}.sql").write_text(sql)
        every = "".join(f"BEGIN;\n\\i {name}.sql\nCOMMIT;\n" for name, _ in migrations)
        (directory / "all.sql").write_text(every)

    def typed(self, directory: Path, place: Place) -> Typed:
        """Quiet, without the user's psqlrc, and stopping at the first error."""
        options = ("-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "all.sql")
        return Typed((place.psql, *options, place.conninfo), {"PGOPTIONS": "-c client_min_messages=warning"})


PEER = Psql()
