"""Whether PostgreSQL's programs of the server's own major are here: for the backup, and for the rehearsal's server."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.checkup import Check, Health
from rowkeep.domain.facts import Facts


def checks(facts: Facts) -> Iterator[Check]:
    """The client programs, the server programs, and the extensions a rehearsal needs."""
    if facts.database is None:
        found = ", ".join(f"{each.version} ({each.origin})" for each in facts.programs) or "none"
        yield Check("programs", Health.UNKNOWN, f"found: {found}", "which major is needed, the server would tell")
        return
    for name, programs, use in (
        ("client-programs", facts.client, "a backup"),
        ("server-programs", facts.host, "a rehearsal"),
    ):
        if programs is not None:
            yield Check(name, Health.OK, f"PostgreSQL {programs.version} ({programs.origin}, {programs.directory})")
        else:
            yield _absent(name, facts, use)
    yield from _extensions(facts)


def _absent(name: str, facts: Facts, use: str) -> Check:
    assert facts.database is not None
    major = facts.database.server.major
    here = ", ".join(str(each.version) for each in facts.programs) or "none"
    why = f"{use} needs exactly this major"
    if facts.machine.fetches:
        measured, why, health = f"none of PostgreSQL {major} here", f"{why}; it would be fetched then", Health.WARN
    else:
        measured, health = f"none of PostgreSQL {major} here, and none is fetched (fetch-programs)", Health.FAIL
    instead = (*(facts.absent.instead if facts.absent else ()), "rowkeep doctor --fetch")
    return Check(name, health, f"{measured}; found: {here}", why, instead)


def _extensions(facts: Facts) -> Iterator[Check]:
    assert facts.database is not None
    used = [name for name, _ in facts.database.extensions]
    available = facts.machine.extensions
    if available is None:
        if used != ["plpgsql"]:
            yield Check(
                "extensions",
                Health.UNKNOWN,
                f"used: {', '.join(used)}; what a throw-away server could create is not known",
                "without them the rehearsal cannot restore the backup",
            )
        return
    lacking = [name for name in used if name not in available]
    if lacking:
        yield Check(
            "extensions",
            Health.FAIL,
            f"a throw-away server lacks {', '.join(lacking)}",
            "the rehearsal cannot restore the backup: whole tables would be missing",
            ("install the extension's packages beside the programs, and set pg-bin to them",),
        )
    for name, libraries in facts.machine.absent_libraries.items():
        yield Check(
            "extension-library",
            Health.FAIL,
            f"{name} needs {', '.join(libraries)}, which this system lacks",
            "CREATE EXTENSION fails in a throw-away server: the rehearsal cannot restore the backup",
            (f"install the package that brings {libraries[0]}", "or set pg-bin to programs of another source"),
        )
    if not lacking and not facts.machine.absent_libraries:
        yield Check("extensions", Health.OK, f"{', '.join(used) or 'none'}: a throw-away server has them too")
