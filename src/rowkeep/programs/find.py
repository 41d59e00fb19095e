"""Finds PostgreSQL programs on this system, with their real versions."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Iterator
from glob import glob
from pathlib import Path

from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.knowledge import program_locations
from rowkeep.programs import version_query

WITNESSES = ("pg_dump", "postgres", "psql", "initdb", "pg_restore")
"""Programs that identify a PostgreSQL directory. The first existing one is run to find the version."""


def find_programs(*, pg_bin: str | None = None) -> tuple[Programs, ...]:
    """Every directory of PostgreSQL programs without duplicates: `pg_bin` first, then the newest version first.

    pg_bin: a directory (the setting `pg_bin`, `ROWKEEP_PG_BIN`) that overrides others of its major; Misused if it
    has no programs. Rowkeep's own cache is not included: see `obtain_programs`.
    """
    chosen = () if pg_bin is None else (programs_in_setting(pg_bin),)
    directories = {programs.directory for programs in chosen}
    found = []
    for directory, origin in _candidates():
        if str(directory) in directories:
            continue
        directories.add(str(directory))
        programs = programs_in(directory, origin)
        if programs is not None:
            found.append(programs)
    # A stable sort: equal versions stay in the order in which they were found.
    return (*chosen, *sorted(found, key=lambda programs: programs.version, reverse=True))


def programs_in_setting(pg_bin: str) -> Programs:
    """The programs in the directory that the user named; Misused if there are none."""
    directory = Path(pg_bin).expanduser().resolve()
    programs = programs_in(directory, "pg_bin") or programs_in(directory / "bin", "pg_bin")
    if programs is None:
        raise Misused(
            "no PostgreSQL programs in this directory",
            code=ErrorCode.PROGRAM_MISSING,
            where=str(directory),
            why=f"none of {', '.join(WITNESSES)} can be run there",
            instead=("name the directory that contains pg_dump", "rowkeep tools list"),
        )
    return programs


def programs_in(directory: Path, origin: str) -> Programs | None:
    """The PostgreSQL programs in `directory`, or None if none can be run."""
    names = frozenset(name for name in program_locations.KNOWN if os.access(directory / name, os.X_OK))
    for name in WITNESSES:
        if name in names and (version := version_query.read_version(directory / name)) is not None:
            return Programs(version, str(directory), names, origin)
    return None


def _candidates() -> Iterator[tuple[Path, str]]:
    """Directories that contain one of WITNESSES, with their origin; those on PATH last."""
    home = Path("~").expanduser()
    words = {"home": str(home), "user": _user(), "conda": os.environ.get("CONDA_PREFIX", "")}
    system = "darwin" if sys.platform == "darwin" else "linux"
    for place in program_locations.list_locations():
        if place.system not in (system, "any"):
            continue
        for pattern in place.globs:
            if "{conda}" in pattern and not words["conda"]:
                continue
            for hit in sorted(glob(pattern.format(**words)), reverse=True):  # noqa: PTH207 - Path.glob takes no absolute pattern
                yield from ((real, place.origin) for real in _real(Path(hit)))
    for entry in os.environ.get("PATH", "").split(os.pathsep):
        if entry.startswith("/"):
            yield from ((real, "PATH") for real in _real(Path(entry)))


def _real(hit: Path) -> Iterator[Path]:
    """The real directories of the programs in `hit`; wrappers and shims are skipped."""
    programs = [hit] if not hit.is_dir() else [hit / name for name in WITNESSES]
    for program in programs:
        real = Path(os.path.realpath(program))
        # Wrappers (Debian's pg_wrapper, shims of version managers) choose a version by their own rules. They have
        # other names or are in a `shims` directory.
        if real.name.partition("-")[0] in WITNESSES and "shims" not in real.parts and real.is_file():
            yield real.parent


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
