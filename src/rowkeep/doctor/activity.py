"""Current activity in the database that a migration would wait for."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.doctor import format_names
from rowkeep.domain.doctor_facts import DoctorFacts
from rowkeep.domain.event import Blocker
from rowkeep.domain.health_check import Check, CheckResult
from rowkeep.report.events import format_blocker, format_seconds

LONG = 60.0
"""Seconds after which an open transaction is reported."""


def checks(facts: DoctorFacts) -> Iterator[Check]:
    """Long transactions, prepared transactions, problem tables, event triggers."""
    if facts.database is None:
        return
    transactions = facts.database.open
    if transactions:
        who = "; ".join(
            format_blocker(
                Blocker(
                    open_one.pid,
                    open_one.role,
                    open_one.application,
                    None,
                    open_one.state,
                    open_one.seconds,
                    open_one.query,
                )
            )
            for open_one in transactions[:3]
        )
        yield Check(
            "long-transactions",
            CheckResult.WARN,
            f"{len(transactions)} open for more than {format_seconds(LONG)}: {who}",
            "ALTER TABLE waits for those that have used the table, CREATE INDEX CONCURRENTLY for all of them",
            (f"SELECT pg_terminate_backend({transactions[0].pid});   (if nobody needs it)",),
        )
    else:
        yield Check("long-transactions", CheckResult.OK, f"none open for more than {format_seconds(LONG)}")
    for gid, role, seconds in facts.database.prepared:
        yield Check(
            "prepared-transaction",
            CheckResult.WARN,
            f"{gid!r} of {role}, prepared {format_seconds(seconds)} ago",
            "it holds its locks without a session, even across restarts, until somebody ends it",
            (f"ROLLBACK PREPARED '{gid}';   (or COMMIT PREPARED; ask the application's owner)",),
        )
    yield from _tables(facts)
    if facts.database.event_triggers:
        yield Check(
            "event-triggers",
            CheckResult.OK,
            f"{', '.join(facts.database.event_triggers)}: they run at every structure change",
            "a restore without superuser rights cannot create them",
        )


def _tables(facts: DoctorFacts) -> Iterator[Check]:
    assert facts.database is not None
    reasons = {
        "autovacuum off": (
            "dead rows stay, statistics become outdated, and in the end wraparound stops the whole server",
            "ALTER TABLE {name} RESET (autovacuum_enabled);",
        ),
        "invalid index": (
            "a CREATE INDEX CONCURRENTLY failed: the index slows down every write and serves no query",
            "DROP INDEX CONCURRENTLY {name};",
        ),
        "unlogged": (
            "it is empty after a crash and on every standby",
            "ALTER TABLE {name} SET LOGGED;   (rewrites it under ACCESS EXCLUSIVE)",
        ),
    }
    for trouble, (why, fix) in reasons.items():
        names = [name for each, name in facts.database.tables if each == trouble]
        if names:
            health = CheckResult.OK if trouble == "unlogged" else CheckResult.WARN
            yield Check(trouble.replace(" ", "-"), health, format_names(names), why, (fix.format(name=names[0]),))
