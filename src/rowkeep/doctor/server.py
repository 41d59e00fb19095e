"""Whether this server can be changed by us at all: its version, and whether it takes writes."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.checkup import Check, Health
from rowkeep.domain.facts import Facts, Server
from rowkeep.knowledge.releases import release, releases


def checks(facts: Facts) -> Iterator[Check]:
    """Version, end of support, newest minor, primary, writable."""
    if facts.database is None:
        return
    server = facts.database.server
    yield _version(server, facts.machine.today)
    yield from _minor(server)
    if server.recovering:
        yield Check(
            "primary",
            Health.FAIL,
            "a hot standby",
            "nothing can be changed on it",
            ("connect to the primary; target_session_attrs=read-write picks it among several hosts",),
        )
    else:
        yield Check("primary", Health.OK, "takes writes")
    if server.read_only and not server.recovering:
        yield Check(
            "read-only",
            Health.FAIL,
            "default_transaction_read_only is on",
            "every migration would fail with 25006",
            (f'ALTER ROLE "{server.role}" SET default_transaction_read_only = off',),
        )
    for question, words in facts.database.unanswered:
        yield Check(question, Health.UNKNOWN, f"the server refused the question: {words}", "nothing is known of it")


def _version(server: Server, today: str) -> Check:
    known = release(server.major)
    oldest, youngest = releases()[0], releases()[-1]
    if server.major < oldest.major:
        return Check(
            "version",
            Health.FAIL,
            f"PostgreSQL {server.version}",
            f"Rowkeep knows {oldest.major} to {youngest.major}; the project no longer mends this one",
            (f"upgrade to PostgreSQL {youngest.major}",),
        )
    if known is None:
        return Check(
            "version",
            Health.WARN,
            f"PostgreSQL {server.version}",
            f"newer than what this Rowkeep was tested with ({youngest.major}): statements that only it has are named, "
            "not judged, and its programs must be installed by hand",
            ("upgrade Rowkeep: pip install --upgrade rowkeep",),
        )
    if known.end < today:
        return Check(
            "version",
            Health.WARN,
            f"PostgreSQL {server.version}, unsupported since {known.end}",
            "faults, also those that lose data, are mended no more",
            (f"upgrade to PostgreSQL {youngest.major}",),
        )
    return Check("version", Health.OK, f"PostgreSQL {server.version}, supported until {known.end}")


def _minor(server: Server) -> Iterator[Check]:
    known = release(server.major)
    minor = server.version_num % 10000
    if known is not None and minor < known.newest:
        yield Check(
            "minor-release",
            Health.WARN,
            f"{server.major}.{minor}; {server.major}.{known.newest} was out on {known.as_of}",
            "minor releases only mend faults, some of which lose data",
            (f"update the server to {server.major}.{known.newest} or later",),
        )
