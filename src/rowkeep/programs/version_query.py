"""Finds the real version of a program, and whether it supports zstd."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

from rowkeep.domain.deploy.program import Version
from rowkeep.domain.late_regex import compile_later

VERSION = compile_later(r"\) (?P<major>\d+)(?:\.(?P<minor>\d+)|(?:devel|beta|rc)\d*)?")
PATIENCE = 10.0
"""Timeout for `--version`, in seconds."""


@cache
def read_version(program: Path) -> Version | None:
    """The version of `program --version`; None if it cannot be run or is not a PostgreSQL program."""
    result = run_briefly(program, "--version")
    match = VERSION.search(result.stdout) if result is not None and result.returncode == 0 else None
    return Version(int(match["major"]), int(match["minor"] or 0)) if match else None


def run_briefly(program: Path, *arguments: str) -> subprocess.CompletedProcess[str] | None:
    """Run `program` without input and with a timeout; None if it cannot be started or hangs."""
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
    """Whether this pg_dump supports zstd, determined without a server.

    pg_dump checks the option before it connects: a build without zstd reports that, others report the failed
    connection. There is no zstd before 16: 15 refuses it, 14 reads it as level 0 and silently does not compress.
    """
    version = read_version(pg_dump)
    if version is None or version.major < 16:
        return False
    result = run_briefly(pg_dump, "-Fc", "-Z", "zstd", "-f", os.devnull, "-d", "host=/nonexistent connect_timeout=1")
    return result is not None and "compression" not in result.stderr
