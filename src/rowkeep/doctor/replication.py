"""Replicas of this server: structure changes must reach them, too."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.doctor_facts import DatabaseFacts, DoctorFacts, ReplicationSlot, Standby
from rowkeep.domain.health_check import Check, CheckResult
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.report.events import format_bytes, format_seconds

LAGGING = 10.0
HELD_BACK = 10 * 1000**3


def checks(facts: DoctorFacts) -> Iterator[Check]:
    """Standbys, slots, publications and subscriptions."""
    if facts.database is None:
        return
    yield _standbys(facts.database)
    for slot in facts.database.slots:
        yield _slot(slot)
    yield from _logical(facts.database)


def _standbys(database: DatabaseFacts) -> Check:
    if not database.standbys:
        return Check("standbys", CheckResult.OK, "none connected")
    names = ", ".join(map(_standby, database.standbys))
    why = "queries there wait for, or are cancelled by, each replayed ACCESS EXCLUSIVE lock"
    if any(standby.lag > LAGGING for standby in database.standbys):
        return Check("standbys", CheckResult.WARN, names, why, ("wait until they have caught up",))
    return Check("standbys", CheckResult.OK, names, why)


def _standby(standby: Standby) -> str:
    name = standby.application or standby.address or "unnamed"
    return f"{name} ({standby.state or 'state hidden'}, {format_seconds(standby.lag)} behind)"


def _slot(slot: ReplicationSlot) -> Check:
    what = f"{slot.name} ({slot.kind}) retains {format_bytes(max(slot.bytes, 0))} of WAL"
    if slot.wal_status in ("lost", "unreserved"):
        return Check(
            "slot",
            CheckResult.WARN,
            f"{what}: {slot.wal_status}",
            "its reader must start from scratch",
            (f"SELECT pg_drop_replication_slot('{slot.name}');   (if nobody reads it)",),
        )
    if not slot.active or slot.bytes > HELD_BACK:
        return Check(
            "slot",
            CheckResult.WARN,
            what + ("" if slot.active else ", and nobody is reading it"),
            "WAL is retained until the disk is full; a migration that rewrites a table writes a lot of it",
            (f"SELECT pg_drop_replication_slot('{slot.name}');   (if nobody needs it)",),
        )
    return Check("slot", CheckResult.OK, what)


def _logical(database: DatabaseFacts) -> Iterator[Check]:
    for kind, name, of_all in database.publications:
        if kind == "subscription":
            yield Check(
                "subscription",
                CheckResult.WARN,
                f"{name} writes to tables of this database",
                "replication stops if the publisher has a column that this side lacks",
                ("change the subscriber first, then the publisher",),
            )
        elif of_all:
            yield Check(
                "publication",
                CheckResult.WARN,
                f"{name} publishes every table, including new ones and those of Rowkeep",
                "a subscriber that lacks one of the tables stops receiving data",
                (f"ALTER PUBLICATION {quote_name(name)} …: name tables, or create new ones on the subscriber first",),
            )
        else:
            yield Check("publication", CheckResult.OK, f"{name}: change subscribers first, then this side")
