"""The real node-pg-migrate, installed from npm once a machine, on the same project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from conftest import Project


def installed(major: int) -> Path:
    """The program of that major version."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rowkeep-tests"
    cache = home / f"node-pg-migrate-{major}"
    program = cache / "node_modules" / ".bin" / "node-pg-migrate"
    if not program.exists():
        npm = shutil.which("npm")
        assert npm, "npm is not on PATH: install Node.js, or deselect these tests with -m 'not npm'"
        cache.mkdir(parents=True, exist_ok=True)
        (cache / "package.json").write_text("{}")
        packages = (f"node-pg-migrate@{major}", "pg@8")
        words = [npm, "install", "--no-audit", "--no-fund", "--silent", *packages]
        subprocess.run(words, cwd=cache, check=True, timeout=PATIENCE_S)
    return program


class Old:
    """The old tool on the same project."""

    def __init__(self, program: Path, project: Project) -> None:
        self.program = program
        self.project = project

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        parts = psycopg.conninfo.conninfo_to_dict(self.project.conninfo)
        address = {"PGHOST": parts["host"], "PGPORT": parts["port"], "PGUSER": parts["user"]}
        return subprocess.run(
            [self.program, *words],
            cwd=self.project.root,
            env={
                **os.environ,
                **{key: str(value) for key, value in address.items()},
                "PGDATABASE": str(parts["dbname"]),
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )

    def agrees(self, names: list[str]) -> None:
        """Both read the same history, and the old tool finds it in order."""
        assert self.project.names() == names
        applied = [item.name for item in self.project.survey().applied]
        assert applied == names
        checked = self("up", "0")
        assert checked.returncode == 0, checked.stderr

    def pending(self) -> list[str]:
        """What the old tool would apply now, in its order; nothing is changed."""
        told = self("up", "--dry-run")
        assert told.returncode == 0, told.stderr
        found = re.findall(r"^> - (.+)$", told.stdout, re.MULTILINE)
        assert found or "No migrations to run" in told.stdout, told.stdout
        return found
