"""Server settings that make a run, a backup or a recovery fail, or take data with a crash."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.count import count_text
from rowkeep.domain.doctor_facts import DatabaseFacts, DoctorFacts
from rowkeep.domain.health_check import Check, CheckResult
from rowkeep.knowledge.forms.keywords import quote_name

ASIDE = "Rowkeep and pg_dump set their own for their sessions; psql by hand is cut off by it"
FORMS = "Rowkeep sets it aside for what it reads and writes itself"


def checks(facts: DoctorFacts) -> Iterator[Check]:
    """Durability, recovery point, locks enough for a dump, statistics, autovacuum, what is set aside."""
    database = facts.database
    if database is None or not database.settings:
        return
    yield _durability(database)
    yield _recovery_point(database)
    yield _locks(database)
    yield from _switched_off(database)
    yield from _set_aside(database)


def _durability(database: DatabaseFacts) -> Check:
    off = [name for name in ("fsync", "full_page_writes") if database.settings.get(name) == "off"]
    if off:
        return Check(
            "durability",
            CheckResult.WARN,
            f"{' and '.join(off)} off",
            "a power cut can leave this database beyond repair; fit for a throw-away server only",
            tuple(f"ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf();" for name in off),
        )
    sync = database.settings.get("synchronous_commit")
    if sync == "off":
        return Check(
            "durability",
            CheckResult.WARN,
            "synchronous_commit is off",
            "a crash forgets the last moments, a recorded migration among them",
            (f"ALTER ROLE {quote_name(database.server.role)} SET synchronous_commit = on",),
        )
    checksums = database.settings.get("data_checksums")
    return Check("durability", CheckResult.OK, f"fsync and full_page_writes on, data checksums {checksums}")


def _recovery_point(database: DatabaseFacts) -> Check:
    level, archive = database.settings.get("wal_level"), database.settings.get("archive_mode")
    words = f"wal_level {level}, archive_mode {archive}"
    if archive in ("on", "always"):
        return Check("recovery-point", CheckResult.OK, f"{words}: any moment, as far as the archive reaches")
    senders = [each for each in database.standbys if each.state == "streaming"]
    if senders:
        return Check(
            "recovery-point",
            CheckResult.WARN,
            f"{words}, {count_text(len(senders), 'standby', 'standbys')}",
            "a standby survives the loss of the machine, not a mistake: what is deleted here is deleted there at once",
            ("take backups as often as you can afford to lose work: rowkeep backup create",),
        )
    return Check(
        "recovery-point",
        CheckResult.WARN,
        words,
        "if this server is lost, so is everything since the last backup",
        ("rowkeep backup create", "archive the WAL (pgBackRest, Barman, WAL-G), or let the provider do it"),
    )


def _locks(database: DatabaseFacts) -> Check:
    values = database.settings
    slots = int(values["max_locks_per_transaction"]) * (
        int(values["max_connections"]) + int(values["max_prepared_transactions"])
    )
    relations = database.server.relations
    words = f"room for {slots:,} locks, {relations:,} tables, views and sequences"
    if relations > slots:
        return Check(
            "locks",
            CheckResult.FAIL,
            words,
            "pg_dump locks every table in one transaction: it ends with `out of shared memory`",
            ("ALTER SYSTEM SET max_locks_per_transaction = 1024;   (and restart the server)",),
        )
    if relations > slots // 2:
        return Check(
            "locks",
            CheckResult.WARN,
            words,
            "pg_dump locks every table in one transaction, and the application needs locks beside it",
            ("ALTER SYSTEM SET max_locks_per_transaction = 1024;   (and restart the server)",),
        )
    return Check("locks", CheckResult.OK, words)


def _switched_off(database: DatabaseFacts) -> Iterator[Check]:
    for name, why in {
        "track_counts": "autovacuum never runs without it, and sizes in a plan are guesses",
        "autovacuum": "old rows stay, statistics grow stale, and some day the whole server stops for wraparound",
        "track_activities": "who holds a lock cannot be named",
    }.items():
        if database.settings.get(name) == "off":
            yield Check(
                name.replace("_", "-"),
                CheckResult.WARN,
                f"{name} is off",
                why,
                (f"ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf();",),
            )
    for name in ("session_replication_role", "zero_damaged_pages"):
        value = database.settings.get(name)
        if value in ("replica", "on"):
            if name == "session_replication_role" and database.replica_aside:
                measured = f"{name} is {value} for this role"
                yield Check(
                    "session-replication-role", CheckResult.WARN, measured, "Rowkeep sets it aside; others have it"
                )
                continue
            yield Check(
                name.replace("_", "-"),
                CheckResult.FAIL,
                f"{name} is {value} for this session",
                "foreign keys are not checked" if value == "replica" else "damaged rows vanish without a word",
                (f"ALTER ROLE {quote_name(database.server.role)} RESET {name}",),
            )


def _set_aside(database: DatabaseFacts) -> Iterator[Check]:
    """What role, database or server have set that would end our sessions or change what they read and write."""
    for name, value in database.aside.items():
        where = next(
            (
                f"for role {role}" if role else f"for database {base}" if base else "for every role"
                for role, base, setting in database.overrides
                if setting.lower().startswith(f"{name.lower()}=") and role in ("", database.server.role)
            ),
            "on this server",
        )
        measured = f"{name} is {value} {where}"
        if name == "default_transaction_read_only":
            why = "Rowkeep sets it aside and writes all the same; whoever froze this database on purpose must know"
            yield Check(_display_name(name), CheckResult.WARN, measured, why)
        else:
            yield Check(_display_name(name), CheckResult.OK, measured, ASIDE if name.endswith("timeout") else FORMS)


def _display_name(name: str) -> str:
    return name.lower().replace("_", "-")
