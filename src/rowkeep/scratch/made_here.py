"""Records which embedded servers this user created. Others are not started, because a cluster can run code as us.

Its configuration runs programs (`archive_command`, `shared_preload_libraries`), and so may its contents: a login event
trigger, functions of the superuser. git cannot store a directory with mode 0700, but an archive can
(docs/decisions/0634-embedded-servers-made-here.md).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.files.filesystem.user_state import entry, keep, state_directory
from rowkeep.files.project.trust import VARIABLE, is_trusted
from rowkeep.scratch import lifetime

KIND = "clusters"
PARTS = (lifetime.JOIN, lifetime.LOCK, lifetime.HOLD, lifetime.LOG, lifetime.DATA)


def admit_server(directory: Path, environ: Mapping[str, str]) -> None:
    """Raise Misused unless the cluster in `directory` was created here, or ROWKEEP_TRUST_CHECKOUT=1 is set."""
    identifier = system_identifier(directory / lifetime.DATA)
    if identifier is not None and _read_identifier(directory, environ) == identifier:
        return
    if is_trusted(environ) and identifier is not None:
        remember_server(directory, identifier, environ)
        return
    kept = state_directory(environ)
    raise Misused(
        "this embedded server was not created here",
        code=ErrorCode.EMBEDDED_DIRECTORY_UNTRUSTED,
        where=str(directory),
        why=f"{kept or 'the state directory (there is no home)'} has no record that this user created it here. "
        "It may have come with the checkout, and its contents could run programs with your rights",
        instead=(
            f"{VARIABLE}=1 rowkeep …   (once, if you created it with an older Rowkeep, or moved it)",
            "otherwise delete the directory; a new server will be created",
        ),
    )


def refuse_links(directory: Path) -> None:
    """Raise Misused where a part of the server's directory is a symbolic link: its target would be changed instead."""
    for part in PARTS:
        if (directory / part).is_symlink():
            raise Misused(
                "a part of the embedded server's directory is a symbolic link",
                code=ErrorCode.EMBEDDED_DIRECTORY_UNTRUSTED,
                where=str(directory / part),
                why="its target would be written to, or given to the server's user",
                instead=("put the directory itself elsewhere: --database embedded:DIR",),
            )


def remember_server(directory: Path, identifier: str, environ: Mapping[str, str]) -> bool:
    """Keep that this user has made the cluster at this place; False where that cannot be written."""
    values = {"directory": str(directory.resolve()), "system_identifier": identifier}
    return keep(_place(directory, environ), values) is not None


def system_identifier(data: Path) -> str | None:
    """What initdb has named the cluster, by the first eight bytes of pg_control; None where they cannot be read."""
    try:
        with (data / "global" / "pg_control").open("rb") as file:
            head = file.read(8)
    except OSError:
        return None
    return str(int.from_bytes(head, sys.byteorder)) if len(head) == 8 else None


def _read_identifier(directory: Path, environ: Mapping[str, str]) -> str | None:
    place = _place(directory, environ)
    try:
        found = json.loads(place.read_text(encoding="utf-8")) if place is not None else None
    except (OSError, ValueError):
        return None
    identifier = found.get("system_identifier") if isinstance(found, dict) else None
    return identifier if isinstance(identifier, str) else None


def _place(directory: Path, environ: Mapping[str, str]) -> Path | None:
    return entry(KIND, environ, str(directory.resolve()))
