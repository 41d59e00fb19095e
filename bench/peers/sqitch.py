"""sqitch, as the system has it: a psql for each change, which is its way."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

from bench.cost import Failed
from bench.peers import Place, Typed

PLANNED = "2026-01-01T00:00:00Z Bench <bench@example.com>"


class Sqitch:
    """sqitch deploy"""

    name = "sqitch"
    remark = "the system's sqitch, --no-verify"

    def __init__(self) -> None:
        self.program = ""

    def install(self, cache: Path) -> None:
        """Perl with a driver (Debian: sqitch, libdbd-pg-perl): taken from the system, never installed by the bench."""
        found = shutil.which("sqitch")
        if found is None:
            raise Failed("sqitch is not installed (Debian: apt install sqitch libdbd-pg-perl)")
        self.program = found
        said = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
        self.remark = f"{said.strip() or 'sqitch'}, --no-verify"

    def write(self, directory: Path, migrations: list[tuple[str, str]]) -> None:
        """A plan, and a script with its own transaction for each change."""
        (directory / "deploy").mkdir()
        (directory / "sqitch.conf").write_text(
            "[core]\n\tengine = pg\n[user]\n\tname = Bench\n\temail = b@example.com\n"
        )
        lines = ["%syntax-version=1.0.0", "%project=bench", ""]
        for name, sql in migrations:
            lines.append(f"c{name} {PLANNED} # a change")
            (directory / "deploy" / f"c{name}.sql").write_text(f"BEGIN;\n{sql}\nCOMMIT;\n")
        (directory / "sqitch.plan").write_text("\n".join(lines) + "\n")

    def typed(self, directory: Path, place: Place) -> Typed:
        """Everything that the plan holds; nothing to deploy is no failure."""
        url = f"db:pg://{quote(place.user)}@/{place.database}?host={quote(place.socket, safe='')}"
        words = ("deploy", "--no-verify", "--client", place.psql, url)
        return Typed((self.program, *words), {"PGHOST": place.socket, "PGUSER": place.user})


PEER = Sqitch()
