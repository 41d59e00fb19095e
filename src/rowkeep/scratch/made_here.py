"""Which embedded servers this user has made: no other is started, for what lies in a cluster acts with our rights.

Its configuration runs programs (`archive_command`, `shared_preload_libraries`), and so may what it holds: a login
event trigger, functions of the superuser. git keeps no directory as PostgreSQL wants it (mode 0700), an archive may
(docs/decisions/0634-embedded-servers-made-here.md).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.files.filesystem.state import entry, keep, state_directory
from rowkeep.files.project.trust import VARIABLE, is_trusted
from rowkeep.scratch import lifetime

KIND = "clusters"
PARTS = (lifetime.JOIN, lifetime.LOCK, lifetime.HOLD, lifetime.LOG, lifetime.DATA)


def admit_server(directory: Path, environ: Mapping[str, str]) -> None:
    """Let the cluster in `directory` be started if it was made here; with ROWKEEP_TRUST_CHECKOUT=1 it counts as such.

    Raises Misused for any other.
    """
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
        why=f"nothing in {kept or 'a state directory (there is no home)'} says that this user made it at this place. "
        "It may have come with the checkout, and what lies in it would run programs with your rights",
        instead=(
            f"{VARIABLE}=1 rowkeep …   (once, if you made it, moved it, or made it with an older Rowkeep)",
            "delete the directory if you did not: a new server is made",
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
