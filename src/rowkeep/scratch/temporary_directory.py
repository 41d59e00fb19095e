"""Creates private directories with short names for throw-away servers."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Unreachable
from rowkeep.programs.server_user import ServerUser

PREFIX = "rowkeep-scratch-"

SOCKET = 103 - len("/.s.PGSQL.5432.lock")
"""Maximum length of a socket directory; the limit of macOS (sun_path, 104 bytes including the NUL)."""


def make_directory(who: ServerUser) -> Path:
    """A new directory (0700) that belongs to the server user."""
    for parent in temporary_parents():
        try:
            path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        except OSError:
            continue
        if len(os.fsencode(path)) <= SOCKET and who.reaches(who.own(path)):
            return path
        path.rmdir()
    raise Unreachable(
        "no directory for a throw-away server",
        code=ErrorCode.LOCAL_SERVER_FAILED,
        why=f"none of {', '.join(map(str, temporary_parents()))} is writable, accessible to {who.name} "
        "and short enough",
        instead=("set TMPDIR to such a directory",),
    )


def temporary_parents() -> tuple[Path, ...]:
    """Candidates for temporary directories; that of the system first."""
    return tuple(dict.fromkeys((Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"))))
