"""Whether this server can be migrated at all: its version, and whether it accepts writes."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.doctor_facts import DoctorFacts, ServerFacts
from rowkeep.domain.health_check import Check, CheckResult
from rowkeep.knowledge.releases import find_release, list_releases


def checks(facts: DoctorFacts) -> Iterator[Check]:
    """Version, end of support, latest minor release, primary, writable."""
    if facts.database is None:
        return
    server = facts.database.server
    yield _version(server, facts.machine.today)
    yield from _minor(server)
    if server.recovering:
        yield Check(
            "primary",
            CheckResult.FAIL,
            "a hot standby",
            "nothing can be changed on it",
            ("connect to the primary; target_session_attrs=read-write selects it among several hosts",),
        )
    else:
        yield Check("primary", CheckResult.OK, "accepts writes")
    if server.read_only and not server.recovering:
        yield Check(
            "read-only",
            CheckResult.FAIL,
            "default_transaction_read_only is on",
            "every migration would fail with 25006",
            (f'ALTER ROLE "{server.role}" SET default_transaction_read_only = off',),
        )
    for query, words in facts.database.unanswered:
        yield Check(query, CheckResult.UNKNOWN, f"the server refused the query: {words}", "cannot tell")


def _version(server: ServerFacts, today: str) -> Check:
    known = find_release(server.major)
    oldest, youngest = list_releases()[0], list_releases()[-1]
    if server.major < oldest.major:
        return Check(
            "version",
            CheckResult.FAIL,
            f"PostgreSQL {server.version}",
            f"Rowkeep knows {oldest.major} to {youngest.major}; PostgreSQL no longer supports this version",
            (f"upgrade to PostgreSQL {youngest.major}",),
        )
    if known is None:
        return Check(
            "version",
            CheckResult.WARN,
            f"PostgreSQL {server.version}",
            f"newer than this Rowkeep was tested with ({youngest.major}): its new statements are named but "
            "not analyzed, and its programs must be installed manually",
            ("upgrade Rowkeep: pip install --upgrade rowkeep",),
        )
    if known.end < today:
        return Check(
            "version",
            CheckResult.WARN,
            f"PostgreSQL {server.version}, unsupported since {known.end}",
            "bugs are no longer fixed, even those that lose data",
            (f"upgrade to PostgreSQL {youngest.major}",),
        )
    return Check("version", CheckResult.OK, f"PostgreSQL {server.version}, supported until {known.end}")


def _minor(server: ServerFacts) -> Iterator[Check]:
    known = find_release(server.major)
    minor = server.version_num % 10000
    if known is not None and minor < known.newest:
        yield Check(
            "minor-release",
            CheckResult.WARN,
            f"{server.major}.{minor}; {server.major}.{known.newest} was available on {known.as_of}",
            "minor releases only fix bugs, some of which lose data",
            (f"update the server to {server.major}.{known.newest} or later",),
        )
