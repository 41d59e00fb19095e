"""Whether PostgreSQL programs of the server's major are installed, for backup and rehearsal."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.doctor_facts import DoctorFacts
from rowkeep.domain.health_check import Check, CheckResult


def checks(facts: DoctorFacts) -> Iterator[Check]:
    """The client programs, the server programs, and the extensions a rehearsal needs."""
    if facts.database is None:
        found = ", ".join(f"{program.version} ({program.origin})" for program in facts.programs) or "none"
        yield Check(
            "programs", CheckResult.UNKNOWN, f"found: {found}", "the required major is not known without the server"
        )
        return
    for name, programs, use in (
        ("client-programs", facts.client, "a backup"),
        ("server-programs", facts.host, "a rehearsal"),
    ):
        if programs is not None:
            yield Check(
                name, CheckResult.OK, f"PostgreSQL {programs.version} ({programs.origin}, {programs.directory})"
            )
        else:
            yield _absent(name, facts, use)
    yield from _extensions(facts)


def _absent(name: str, facts: DoctorFacts, use: str) -> Check:
    assert facts.database is not None
    major = facts.database.server.major
    here = ", ".join(str(program.version) for program in facts.programs) or "none"
    why = f"{use} needs this major"
    if facts.machine.fetches:
        measured, why, health = (
            f"PostgreSQL {major} is not installed",
            f"{why}; it would be downloaded then",
            CheckResult.WARN,
        )
    else:
        measured, health = (
            f"PostgreSQL {major} is not installed, and downloads are off (fetch-programs)",
            CheckResult.FAIL,
        )
    instead = (*(facts.absent.instead if facts.absent else ()), "rowkeep doctor --fetch")
    return Check(name, health, f"{measured}; found: {here}", why, instead)


def _extensions(facts: DoctorFacts) -> Iterator[Check]:
    assert facts.database is not None
    used = [name for name, _ in facts.database.extensions]
    available = facts.machine.extensions
    if available is None:
        if used != ["plpgsql"]:
            yield Check(
                "extensions",
                CheckResult.UNKNOWN,
                f"used: {', '.join(used)}; cannot tell which ones a throw-away server supports",
                "without them the rehearsal cannot restore the backup",
            )
        return
    missing = [name for name in used if name not in available]
    if missing:
        yield Check(
            "extensions",
            CheckResult.FAIL,
            f"a throw-away server lacks {', '.join(missing)}",
            "the rehearsal cannot restore the backup: whole tables would be missing",
            ("install the packages of the extension for these programs, and set pg-bin to them",),
        )
    for name, libraries in facts.machine.absent_libraries.items():
        yield Check(
            "extension-library",
            CheckResult.FAIL,
            f"{name} needs {', '.join(libraries)}, which this system lacks",
            "CREATE EXTENSION fails in a throw-away server: the rehearsal cannot restore the backup",
            (f"install the package that contains {libraries[0]}", "or set pg-bin to other programs"),
        )
    if not missing and not facts.machine.absent_libraries:
        yield Check("extensions", CheckResult.OK, f"{', '.join(used) or 'none'}: throw-away servers have them, too")
