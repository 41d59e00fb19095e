"""Which databases this checkout has changed before, kept in the user's own state directory.

Outside the repository and outside the database: neither a hostile checkout nor a restored copy brings an answer along
that no person has given here (docs/decisions/0615-up-guards-production.md).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from rowkeep.domain.environment import Identity


def is_known(identity: Identity, migrations_dir: str, environ: Mapping[str, str]) -> bool:
    """Whether this checkout (its directory of migrations) has changed this very database before."""
    place = _place(identity, migrations_dir, environ)
    return place is not None and place.is_file()


def remember(identity: Identity, migrations_dir: str, environ: Mapping[str, str]) -> Path | None:
    """Keep that this checkout changes this database; the file that says so, None where it cannot be written."""
    place = _place(identity, migrations_dir, environ)
    if place is None:
        return None
    text = json.dumps(
        {
            "checkout": _checkout(migrations_dir),
            "database": identity.database,
            "oid": identity.oid,
            "system_identifier": identity.system,
        },
        indent=2,
    )
    part = place.with_name(f".{os.getpid()}.part")
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.write_text(f"{text}\n", encoding="utf-8")
        part.replace(place)
    except OSError:
        with suppress(OSError):
            part.unlink()
        return None
    return place


def _place(identity: Identity, migrations_dir: str, environ: Mapping[str, str]) -> Path | None:
    """`$XDG_STATE_HOME/rowkeep/databases`, by default below `~/.local/state`; None where there is no home."""
    named = environ.get("XDG_STATE_HOME", "")
    try:
        # The XDG specification: a relative path is to be ignored.
        state = Path(named) if named.startswith("/") else Path("~/.local/state").expanduser()
    except RuntimeError:
        return None
    parts = (_checkout(migrations_dir), identity.system, str(identity.oid), identity.database)
    key = sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
    return state / "rowkeep" / "databases" / f"{key[:32]}.json"


def _checkout(migrations_dir: str) -> str:
    return str(Path(migrations_dir).resolve())
