"""Which settings a checkout may set, and which only the user and the environment may.

A file of settings or an `.env` that lies in the project is the checkout's: whoever wrote the pull request wrote it.
Flags, variables of the environment and a file that lies outside of the project are the user's.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from rowkeep.config import Settings
from rowkeep.config.document import TomlDocument
from rowkeep.config.settings import INSIDE, OUTSIDE, TABLE, SettingRow
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import replace
from rowkeep.errors import Misused
from rowkeep.files.filesystem.regular import exists, inside, project_root, real_path
from rowkeep.lint_cache.inputs import spoil_recording

VARIABLE = "ROWKEEP_TRUST_CHECKOUT"

ROUTES = frozenset(
    {"PGHOST", "PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR", "PGPASSFILE", "PGKRBSRVNAME"}
)
"""libpq's variables that lead a connection elsewhere: where the user named the server, an `.env` has no say in it."""

WEAK = frozenset({"disable", "allow", "prefer"})


def is_trusted(environ: Mapping[str, str]) -> bool:
    """Whether the environment trusts the checkout completely."""
    return environ.get(VARIABLE, "").lower() in ("1", "true", "yes", "on")


def root_of(document: TomlDocument | None, directory: Path | None = None) -> Path:
    """The project that `directory` (default: the current one) and the file of settings belong to.

    Outside of a repository the file is searched above, too: then its directory is the project.
    """
    root = project_root() if directory is None else _repository_or_self(real_path(directory))
    home = real_path(Path(document.source.path)).parent if document is not None else root
    return home if root.is_relative_to(home) else root


def _repository_or_self(directory: Path) -> Path:
    return next((place for place in (directory, *directory.parents) if exists(place / ".git")), directory)


def permit_settings(
    settings: Settings, environ: Mapping[str, str], document: TomlDocument | None, directory: Path | None = None
) -> Settings:
    """The settings, and which of them the checkout made (`by_checkout`). Raises Misused for what it may not say."""
    if is_trusted(environ):
        return settings
    root = root_of(document, directory)
    own_file = inside(Path(document.source.path), root) if document is not None else True
    own_dotenv = inside(Path(settings.env_file), root)
    by_checkout = set()
    for row in TABLE:
        origin = settings.origins[row.name]
        if origin.startswith(("--", "environment variable ")):
            continue
        from_file = document is not None and origin.startswith(f"{document.source.path}:")
        theirs = own_file if from_file or origin == "default" else own_dotenv
        if not theirs:
            continue
        if origin != "default":
            by_checkout.add(row.name)
        _check(row, settings, root, origin)
    libpq = settings.libpq
    if own_dotenv and _user_named_server(settings, environ, by_checkout):
        libpq = {name: text for name, text in libpq.items() if name not in ROUTES and not _weakens(name, text)}
    elif not own_dotenv:
        by_checkout.discard("libpq")
    if own_dotenv and settings.database is None and ROUTES & settings.libpq.keys():
        by_checkout.add("libpq")
    return replace(settings, libpq=libpq, by_checkout=frozenset(by_checkout))


def _user_named_server(settings: Settings, environ: Mapping[str, str], by_checkout: set[str]) -> bool:
    if settings.database is not None:
        return "database" not in by_checkout
    return any(environ.get(name) for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE"))


def _weakens(name: str, value: str) -> bool:
    return name == "PGSSLMODE" and value in WEAK


def _check(row: SettingRow, settings: Settings, root: Path, origin: str) -> None:
    value = getattr(settings, row.name)
    if value is None or row.checkout not in (INSIDE, OUTSIDE):
        return
    path = Path(value)
    if row.checkout == INSIDE and not inside(path, root):
        linked = ", by a symbolic link" if inside(path.parent, root) and path.is_symlink() else ""
        raise Misused(
            f"{row.key} points outside the project{linked}",
            code=ErrorCode.PATH_OUTSIDE_PROJECT,
            where=None if origin == "default" else origin,
            why="a path from the checkout must stay inside the project",
            instead=_consent(row, value),
        )
    if row.checkout == OUTSIDE and (why := _unsafe_programs(path, root)):
        raise Misused(
            f"{row.key} is not taken from the checkout",
            code=ErrorCode.UNTRUSTED_SETTING,
            where=origin,
            why=why,
            instead=_consent(row, value),
        )


def _unsafe_programs(path: Path, root: Path) -> str | None:
    """Why programs in a directory named by the checkout are not run; None if they may be."""
    if inside(path, root):
        return "it is inside the project: nothing there is run unless the environment allows it"
    spoil_recording()  # who owns a directory is not looked at again
    try:
        found = path.resolve().stat()
    except OSError:
        return None
    if found.st_uid not in (0, os.geteuid()) or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "other users can write to it: nothing there is run unless the environment allows it"
    return None


def _consent(row: SettingRow, value: object) -> tuple[str, ...]:
    return (f"export {row.variable}={value}", f"export {VARIABLE}=1   (if you trust all of this checkout)")
