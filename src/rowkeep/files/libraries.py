"""Which shared libraries a program, or a library itself, misses on this system: `ldd` says so, on Linux."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

PATIENCE = 10.0
"""Seconds that `ldd` gets."""

_LISTED = re.compile(r"^\s*(?P<library>\S+) => not found", re.MULTILINE)


def find_absent_libraries(file: Path) -> tuple[str, ...]:
    """Every one that is missed, each once; none where `ldd` is not there or cannot tell."""
    ldd = shutil.which("ldd")
    if ldd is None:
        return ()
    try:
        said = subprocess.run(
            [ldd, file],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(dict.fromkeys(_LISTED.findall(said)))
