"""Find PostgreSQL's programs on this system: every place, the real version of each, the best of each major."""

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
"""Programs that show that a directory is one of PostgreSQL's; the first that is there is asked for the version."""


def find_programs(*, pg_bin: str | None = None) -> tuple[Programs, ...]:
    """Every directory of PostgreSQL's programs, each once: `pg_bin`'s first, then by major and minor, newest first.

    pg_bin: a directory (the setting `pg_bin`, `ROWKEEP_PG_BIN`) that wins over any other of its major; Misused if
    there are no programs in it. What is in Rowkeep's own cache is not counted: see `obtain`.
    """
    chosen = () if pg_bin is None else (programs_in_setting(pg_bin),)
    seen = {one.directory for one in chosen}
    found = []
    for directory, origin in _candidates():
        if str(directory) in seen:
            continue
        seen.add(str(directory))
        programs = programs_in(directory, origin)
        if programs is not None:
            found.append(programs)
    # A stable sort: of two equal versions the one found first stays first.
    return (*chosen, *sorted(found, key=lambda one: one.version, reverse=True))


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
            instead=("give the directory that contains pg_dump", "rowkeep tools list"),
        )
    return programs


def programs_in(directory: Path, origin: str) -> Programs | None:
    """The programs of PostgreSQL in `directory`, or None if there are none that can be run."""
    names = frozenset(name for name in program_locations.KNOWN if os.access(directory / name, os.X_OK))
    for name in WITNESSES:
        if name in names and (version := version_query.read_version(directory / name)) is not None:
            return Programs(version, str(directory), names, origin)
    return None


def _candidates() -> Iterator[tuple[Path, str]]:
    """Directories that hold a witness, with the name of the place; those on PATH last."""
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
    """The directories where the witnesses in `hit` really are; wrappers and shims lead to nothing."""
    programs = [hit] if not hit.is_dir() else [hit / name for name in WITNESSES]
    for program in programs:
        real = Path(os.path.realpath(program))
        # A wrapper (Debian's pg_wrapper, a version manager's shim) has another name or lives among shims: it would
        # choose a version by rules of its own.
        if real.name.partition("-")[0] in WITNESSES and "shims" not in real.parts and real.is_file():
            yield real.parent


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
