"""Whether text survives backup and restore: encoding, collation, and the locale of the copy."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.doctor import format_names
from rowkeep.domain.count import count_text
from rowkeep.domain.doctor_facts import DoctorFacts
from rowkeep.domain.health_check import Check, CheckResult
from rowkeep.knowledge.forms.keywords import quote_name


def checks(facts: DoctorFacts) -> Iterator[Check]:
    """One encoding; no collation version has changed; a throw-away server supports the locale and ICU."""
    if facts.database is None:
        return
    server = facts.database.server
    if server.encoding == "SQL_ASCII":
        yield Check(
            "encoding",
            CheckResult.WARN,
            "SQL_ASCII: the server accepts any bytes as text",
            "text that is not UTF-8 cannot be shown or compared, only copied",
            ("restore the backup once, in a quiet hour, into a database with ENCODING 'UTF8'",),
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
            f"indexes were built with version {then} of the collation, the system now has {now or 'none'}",
            "text indexes may be out of order: rows are not found, and a unique key may be there twice",
            (
                f"REINDEX DATABASE CONCURRENTLY {quote_name(server.database)}",
                f"ALTER DATABASE {quote_name(server.database)} REFRESH COLLATION VERSION",
            ),
        )
    changed = [collation for collation in facts.database.collations if collation.moved]
    if changed:
        yield Check(
            "collations",
            CheckResult.WARN,
            f"the versions of {count_text(len(changed), 'collation')} have changed: "
            + format_names(
                [f"{collation.name} from {collation.recorded} to {collation.now or 'none'}" for collation in changed]
            ),
            f"{count_text(sum(collation.indexes for collation in changed), 'index', 'indexes')} may be out of order: "
            "rows are not found, and unique keys may have duplicates",
            (
                f"REINDEX DATABASE CONCURRENTLY {quote_name(server.database)}",
                f"ALTER COLLATION {changed[0].name} REFRESH VERSION",
            ),
        )
    yield from _icu(facts)
    if server.provider == "libc" and facts.machine.locale is False:
        yield Check(
            "locale",
            CheckResult.WARN,
            f"this machine has no locale {server.collation}",
            "the rehearsal's copy sorts differently from production: unique text indexes may differ",
            (f"sudo locale-gen {server.collation}", "or rehearse on a machine that has it"),
        )


def _icu(facts: DoctorFacts) -> Iterator[Check]:
    assert facts.database is not None
    if facts.machine.icu is not False:
        return
    used = [collation.name for collation in facts.database.collations if collation.icu and not collation.is_database]
    instead = ("install PostgreSQL server programs with ICU (those of distributions have it), and set pg-bin to them",)
    if used:
        yield Check(
            "icu",
            CheckResult.FAIL,
            f"throw-away servers are built without ICU, but the database uses {format_names(used)}",
            "the rehearsal cannot restore the backup",
            instead,
        )
    elif facts.database.server.provider == "icu":
        yield Check(
            "icu",
            CheckResult.WARN,
            f"throw-away servers are built without ICU, but the database sorts by {facts.database.server.locale}",
            "the rehearsal's copy uses the locale C and sorts by bytes: unique text indexes may differ",
            instead,
        )
