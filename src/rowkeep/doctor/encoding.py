"""Whether text comes out of the backup as it went in: encoding, collation, and the locale of the copy."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.doctor import format_names
from rowkeep.domain.count import count_text
from rowkeep.domain.doctor_facts import DoctorFacts
from rowkeep.domain.health_check import Check, CheckResult
from rowkeep.knowledge.forms.keywords import quote_name


def checks(facts: DoctorFacts) -> Iterator[Check]:
    """The encoding is one; no collation's version has moved; a throw-away server knows the locale, and ICU."""
    if facts.database is None:
        return
    server = facts.database.server
    if server.encoding == "SQL_ASCII":
        yield Check(
            "encoding",
            CheckResult.WARN,
            "SQL_ASCII: the server takes any bytes for text",
            "what is not UTF-8 in it cannot be shown or compared, only copied",
            ("restore the backup into a database with ENCODING 'UTF8', once, in a quiet hour",),
        )
    else:
        yield Check(
            "encoding", CheckResult.OK, f"{server.encoding}, {server.locale or server.collation} ({server.provider})"
        )
    now, then = facts.database.collation_now, server.collation_version
    if now is not None and then and now != then:
        yield Check(
            "collation-version",
            CheckResult.WARN,
            f"indexes were built with version {then} of the collation, the system has {now or 'none'}",
            "text indexes may be out of order: rows are not found, and a unique key may be there twice",
            (
                f"REINDEX DATABASE CONCURRENTLY {quote_name(server.database)}",
                f"ALTER DATABASE {quote_name(server.database)} REFRESH COLLATION VERSION",
            ),
        )
    moved = [one for one in facts.database.collations if one.moved]
    if moved:
        yield Check(
            "collations",
            CheckResult.WARN,
            f"the versions of {count_text(len(moved), 'collation')} have changed: "
            + format_names([f"{one.name} from {one.recorded} to {one.now or 'none'}" for one in moved]),
            f"{count_text(sum(one.indexes for one in moved), 'index', 'indexes')} may be out of order: rows are not "
            "found, and a unique key may be there twice",
            (
                f"REINDEX DATABASE CONCURRENTLY {quote_name(server.database)}",
                f"ALTER COLLATION {moved[0].name} REFRESH VERSION",
            ),
        )
    yield from _icu(facts)
    if server.provider == "libc" and facts.machine.locale is False:
        yield Check(
            "locale",
            CheckResult.WARN,
            f"this machine has no locale {server.collation}",
            "the rehearsal's copy sorts otherwise than production: unique text indexes may differ",
            (f"sudo locale-gen {server.collation}", "or rehearse on a machine that has it"),
        )


def _icu(facts: DoctorFacts) -> Iterator[Check]:
    assert facts.database is not None
    if facts.machine.icu is not False:
        return
    used = [one.name for one in facts.database.collations if one.icu and not one.is_database]
    instead = ("install PostgreSQL's server programs with ICU (a distribution's have it), and set pg-bin to them",)
    if used:
        yield Check(
            "icu",
            CheckResult.FAIL,
            f"a throw-away server is built without ICU, and the database uses {format_names(used)}",
            "the rehearsal cannot restore the backup",
            instead,
        )
    elif facts.database.server.provider == "icu":
        yield Check(
            "icu",
            CheckResult.WARN,
            f"a throw-away server is built without ICU, and the database sorts by {facts.database.server.locale}",
            "the rehearsal's copy is made with the locale C, and sorts by bytes: unique text indexes may differ",
            instead,
        )
