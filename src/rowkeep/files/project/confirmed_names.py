"""Remembers in the user's state directory which databases this checkout has changed.

Outside the repository and outside the database: neither a hostile checkout nor a restored copy brings an answer along
that no person has given here (docs/decisions/0615-up-guards-production.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from rowkeep.domain.history.environment import Identity
from rowkeep.files.filesystem.user_state import entry, keep


def is_known(identity: Identity, migrations_dir: str, environ: Mapping[str, str]) -> bool:
    """Whether this checkout (its directory of migrations) has changed this very database before.

    Never known of a database whose server is not known: another may have a database of the same name and oid.
    """
    place = _place(identity, migrations_dir, environ)
    return bool(identity.system) and place is not None and place.is_file()


def remember_name(identity: Identity, migrations_dir: str, environ: Mapping[str, str]) -> Path | None:
    """Keep that this checkout changes this database; the file that says so, None where it cannot be kept."""
    place = _place(identity, migrations_dir, environ)
    if place is None or not identity.system:
        return None
    values = {
        "checkout": _checkout(migrations_dir),
        "database": identity.database,
        "oid": identity.oid,
        "system_identifier": identity.system,
    }
    return keep(place, values)


def forget_name(identity: Identity, migrations_dir: str, environ: Mapping[str, str]) -> None:
    """Remove what `remember_name` kept, for a database that is dropped."""
    place = _place(identity, migrations_dir, environ)
    if place is not None:
        with suppress(OSError):
            place.unlink(missing_ok=True)


def _place(identity: Identity, migrations_dir: str, environ: Mapping[str, str]) -> Path | None:
    key = (_checkout(migrations_dir), identity.system, str(identity.oid), identity.database)
    return entry("databases", environ, *key)


def _checkout(migrations_dir: str) -> str:
    return str(Path(migrations_dir).resolve())
