"""What is going on in the database just now that a migration would wait for."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.doctor import named
from rowkeep.domain.checkup import Check, Health
from rowkeep.domain.event import Blocker
from rowkeep.domain.facts import Facts
from rowkeep.report.events import blocker_text, seconds_text

LONG = 60.0
"""Seconds after which an open transaction is worth a word."""


def checks(facts: Facts) -> Iterator[Check]:
    """Long transactions, prepared transactions, tables in trouble, event triggers."""
    if facts.database is None:
        return
    open_ones = facts.database.open
    if open_ones:
        who = "; ".join(
            blocker_text(Blocker(each.pid, each.role, each.application, None, each.state, each.seconds, each.query))
            for each in open_ones[:3]
        )
        yield Check(
            "long-transactions",
            Health.WARN,
            f"{len(open_ones)} open for more than {seconds_text(LONG)}: {who}",
            "ALTER TABLE waits for each that has touched the table, and CREATE INDEX CONCURRENTLY for all of them",
            (f"SELECT pg_terminate_backend({open_ones[0].pid});   (if nobody needs it)",),
        )
    else:
        yield Check("long-transactions", Health.OK, f"none open for more than {seconds_text(LONG)}")
    for gid, role, seconds in facts.database.prepared:
        yield Check(
            "prepared-transaction",
            Health.WARN,
            f"{gid!r} of {role}, prepared {seconds_text(seconds)} ago",
            "it holds its locks without a session, over restarts, until somebody ends it",
            (f"ROLLBACK PREPARED '{gid}';   (or COMMIT PREPARED; ask the application's owner)",),
        )
    yield from _tables(facts)
    if facts.database.event_triggers:
        yield Check(
            "event-triggers",
            Health.OK,
            f"{', '.join(facts.database.event_triggers)}: they run at every change of the structure",
            "a restore without superuser rights cannot make them again",
        )


def _tables(facts: Facts) -> Iterator[Check]:
    assert facts.database is not None
    reasons = {
        "autovacuum off": (
            "old rows stay, statistics grow stale, and some day the whole server stops for wraparound",
            "ALTER TABLE {name} RESET (autovacuum_enabled);",
        ),
        "invalid index": (
            "a CREATE INDEX CONCURRENTLY broke off: it costs every write and serves no query",
            "DROP INDEX CONCURRENTLY {name};",
        ),
        "unlogged": (
            "it is empty after a crash and on every standby",
            "ALTER TABLE {name} SET LOGGED;   (rewrites it under ACCESS EXCLUSIVE)",
        ),
    }
    for trouble, (why, mend) in reasons.items():
        names = [name for each, name in facts.database.tables if each == trouble]
        if names:
            health = Health.OK if trouble == "unlogged" else Health.WARN
            yield Check(trouble.replace(" ", "-"), health, named(names), why, (mend.format(name=names[0]),))
