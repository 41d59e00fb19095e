"""The user's state directory: stores what the user has agreed to, outside of any checkout."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path


def state_directory(environ: Mapping[str, str]) -> Path | None:
    """`$XDG_STATE_HOME/rowkeep`, by default `~/.local/state/rowkeep`; None without a home."""
    named = environ.get("XDG_STATE_HOME", "")
    try:
        # XDG specification: relative paths are ignored.
        state = Path(named) if named.startswith("/") else Path("~/.local/state").expanduser()
    except RuntimeError:
        return None
    return state / "rowkeep"


def entry(kind: str, environ: Mapping[str, str], *key: str) -> Path | None:
    """The file for `key`, which need not exist."""
    directory = state_directory(environ)
    digest = sha256("\0".join(key).encode("utf-8", "surrogateescape")).hexdigest()
    return directory / kind / f"{digest[:32]}.json" if directory is not None else None


def keep(place: Path | None, values: Mapping[str, object]) -> Path | None:
    """Write an entry completely; None if it cannot be written."""
    if place is None:
        return None
    part = place.with_name(f".{os.getpid()}.part")
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
        part.replace(place)
    except OSError:
        with suppress(OSError):
            part.unlink()
        return None
    return place
