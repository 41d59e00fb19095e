"""Ask a program what it is: its real version, and whether it can write zstd."""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from pathlib import Path

from rowkeep.domain.deploy.program import Version

VERSION = re.compile(r"\) (?P<major>\d+)(?:\.(?P<minor>\d+)|(?:devel|beta|rc)\d*)?")
PATIENCE = 10.0
"""Seconds that a program gets to say its version."""


@cache
def read_version(program: Path) -> Version | None:
    """What `program --version` says, or None where it cannot be run or is none of PostgreSQL's."""
    said = run_briefly(program, "--version")
    found = VERSION.search(said.stdout) if said is not None and said.returncode == 0 else None
    return Version(int(found["major"]), int(found["minor"] or 0)) if found else None


def run_briefly(program: Path, *arguments: str) -> subprocess.CompletedProcess[str] | None:
    """Run `program` for a moment, with no way to ask or connect; None where it cannot be started or hangs."""
    try:
        return subprocess.run(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
            cwd="/",
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


@cache
def supports_zstd(pg_dump: Path) -> bool:
    """Whether this pg_dump writes zstd, found out without a server.

    The option is checked before pg_dump connects, so a build without zstd complains about it and any other about the
    connection. Before 16 there is none: 15 refuses the word, 14 reads it as level 0 and silently does not compress.
    """
    known = read_version(pg_dump)
    if known is None or known.major < 16:
        return False
    said = run_briefly(pg_dump, "-Fc", "-Z", "zstd", "-f", os.devnull, "-d", "host=/nonexistent connect_timeout=1")
    return said is not None and "compression" not in said.stderr
