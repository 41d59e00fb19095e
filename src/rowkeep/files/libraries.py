"""Finds missing shared libraries of a program or library with `ldd`, on Linux."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from rowkeep.domain.late_regex import compile_later

PATIENCE = 10.0
"""Timeout for `ldd`, in seconds."""

_LISTED = compile_later(r"^\s*(?P<library>\S+) => not found", re.MULTILINE)


def find_absent_libraries(file: Path) -> tuple[str, ...]:
    """The missing libraries, without duplicates; none if `ldd` does not exist or fails."""
    ldd = shutil.which("ldd")
    if ldd is None:
        return ()
    try:
        output = subprocess.run(
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
    return tuple(dict.fromkeys(_LISTED.findall(output)))
