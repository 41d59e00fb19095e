"""Whether text comes out of the backup as it went in: encoding, collation, and the locale of the copy."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.checkup import Check, Health
from rowkeep.domain.facts import Facts
from rowkeep.knowledge.keywords import quoted


def checks(facts: Facts) -> Iterator[Check]:
    """The encoding is one; the collation's version has not moved; a throw-away server knows the locale."""
    if facts.database is None:
        return
    server = facts.database.server
    if server.encoding == "SQL_ASCII":
        yield Check(
            "encoding",
            Health.WARN,
            "SQL_ASCII: the server takes any bytes for text",
            "what is not UTF-8 in it cannot be shown or compared, only copied",
            ("restore the backup into a database with ENCODING 'UTF8', once, in a quiet hour",),
        )
    else:
        yield Check(
            "encoding", Health.OK, f"{server.encoding}, {server.locale or server.collation} ({server.provider})"
        )
    now = facts.database.collation_now
    if now is not None and server.collation_version and now != server.collation_version:
        yield Check(
            "collation-version",
            Health.WARN,
            f"indexes were built with version {server.collation_version} of the collation, the system has {now}",
            "text indexes may be out of order: rows are not found, and a unique key may be there twice",
            (
                f"REINDEX DATABASE CONCURRENTLY {quoted(server.database)}",
                f"ALTER DATABASE {quoted(server.database)} REFRESH COLLATION VERSION",
            ),
        )
    if server.provider == "libc" and facts.machine.locale is False:
        yield Check(
            "locale",
            Health.WARN,
            f"this machine has no locale {server.collation}",
            "the rehearsal's copy sorts otherwise than production: unique text indexes may differ",
            (f"sudo locale-gen {server.collation}", "or rehearse on a machine that has it"),
        )
