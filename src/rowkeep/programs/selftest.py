"""Tests programs after unpacking. Missing system libraries are reported with the package that contains them."""

from __future__ import annotations

from pathlib import Path

from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.late_regex import compile_later
from rowkeep.errors import ProgramMissing
from rowkeep.files.libraries import find_absent_libraries
from rowkeep.knowledge import install_commands
from rowkeep.knowledge.program_locations import CLIENT, SERVER, Wheel
from rowkeep.programs import version_query
from rowkeep.programs.system import is_privileged, system_family

ABSENT = compile_later(r"(?:error while loading shared libraries: |Library not loaded: )(?P<library>\S+?)(?::|\s|$)")
GLIBC = compile_later(r"version [`'](?P<wanted>GLIBC_[\d.]+)' not found")


def test_programs(programs: Programs, wheel: Wheel) -> Programs:
    """Check that pg_dump, pg_restore, psql, initdb and postgres run and have the pinned version."""
    for name in (*CLIENT, *SERVER):
        program = Path(programs.path(name))
        version = version_query.read_version(program)
        if version is None:
            raise describe_broken(program)
        if version != wheel.version:
            raise ProgramMissing(
                f"{name} has the wrong version",
                code=ErrorCode.PROGRAM_VERSION_MISMATCH,
                where=str(program),
                why=f"found {version}, expected {wheel.version}",
                instead=(f"rowkeep tools install {wheel.version.major}",),
            )
    return programs


def describe_broken(program: Path) -> ProgramMissing:
    """The error for a program that cannot be run."""
    result = version_query.run_briefly(program, "--version")
    words = result.stderr.strip() if result is not None else "it cannot be started"
    if match := GLIBC.search(words):
        return ProgramMissing(
            f"{program.name} needs a newer C library than this system has",
            code=ErrorCode.SYSTEM_LIBRARY_MISSING,
            where=str(program),
            why=f"{match['wanted']} or later is needed; {words.splitlines()[0]}",
            instead=("install the PostgreSQL programs of your system's packages", "rowkeep tools list"),
        )
    libraries = find_missing_libraries(program, words)
    if libraries:
        return ProgramMissing(
            f"{program.name} needs system libraries that are missing: {', '.join(libraries)}",
            code=ErrorCode.SYSTEM_LIBRARY_MISSING,
            where=str(program),
            why=words.splitlines()[0],
            instead=install_commands.install_libraries_command(system_family(), libraries, is_privileged()),
        )
    return ProgramMissing(
        f"cannot run {program.name}", code=ErrorCode.PROGRAM_NOT_RUNNABLE, where=str(program), why=words
    )


def find_missing_libraries(program: Path, words: str) -> tuple[str, ...]:
    """All missing libraries of the program. The loader names only the first one, `ldd` all."""
    first = ABSENT.search(words)
    if first is None:
        return ()
    return find_absent_libraries(program) or (first["library"],)
