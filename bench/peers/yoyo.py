"""yoyo-migrations on psycopg, SQL files."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from bench.peers import Place, Typed
from bench.peers._install import pip

PACKAGES = ("yoyo-migrations==9.0.0", "psycopg[binary]==3.3.9", "setuptools<81")


class Yoyo:
    """yoyo apply --batch"""

    name = "yoyo"
    remark = "yoyo-migrations 9.0.0"

    def __init__(self) -> None:
        self.program = ""

    def install(self, cache: Path) -> None:
        """From PyPI; it still asks for pkg_resources, which setuptools 81 no longer has."""
        self.program = str(pip(cache, "yoyo", PACKAGES) / "bin" / "yoyo")

    def write(self, directory: Path, migrations: list[tuple[str, str]]) -> None:
        """Plain SQL files."""
        place = directory / "migrations"
        place.mkdir()
        for name, sql in migrations:
            (place / f"{name}.sql").write_text(sql)

    def typed(self, directory: Path, place: Place) -> Typed:
        """--batch: no questions."""
        url = f"postgresql+psycopg://{place.user}@/{place.database}?host={quote(place.socket, safe='')}"
        return Typed((self.program, "apply", "--batch", "--no-config-file", "--database", url, "migrations"))


PEER = Yoyo()
