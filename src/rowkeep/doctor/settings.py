"""Server settings that make a run, backup or recovery fail, or lose data in a crash."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.count import count_text
from rowkeep.domain.doctor_facts import DatabaseFacts, DoctorFacts
from rowkeep.domain.health_check import Check, CheckResult
from rowkeep.knowledge.forms.keywords import quote_name

SESSION_OVERRIDES = "Rowkeep and pg_dump override it in their sessions; it ends manual psql sessions"
FORMS = "Rowkeep overrides it in its own sessions"


def checks(facts: DoctorFacts) -> Iterator[Check]:
    """Durability, recovery point, locks for a dump, statistics, autovacuum, overridden settings."""
    database = facts.database
    if database is None or not database.settings:
        return
    yield _durability(database)
    yield _recovery_point(database)
    yield _locks(database)
    yield from _switched_off(database)
    yield from _overridden(database)


def _durability(database: DatabaseFacts) -> Check:
    off = [name for name in ("fsync", "full_page_writes") if database.settings.get(name) == "off"]
    if off:
        return Check(
            "durability",
            CheckResult.WARN,
            f"{' and '.join(off)} off",
            "a power failure can corrupt this database beyond repair; use this only on throw-away servers",
            tuple(f"ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf();" for name in off),
        )
    sync = database.settings.get("synchronous_commit")
    if sync == "off":
        return Check(
            "durability",
            CheckResult.WARN,
            "synchronous_commit is off",
            "a crash loses the last moments, perhaps including a recorded migration",
            (f"ALTER ROLE {quote_name(database.server.role)} SET synchronous_commit = on",),
        )
    checksums = database.settings.get("data_checksums")
    return Check("durability", CheckResult.OK, f"fsync and full_page_writes on, data checksums {checksums}")


def _recovery_point(database: DatabaseFacts) -> Check:
    level, archive = database.settings.get("wal_level"), database.settings.get("archive_mode")
    words = f"wal_level {level}, archive_mode {archive}"
    if archive in ("on", "always"):
        return Check("recovery-point", CheckResult.OK, f"{words}: any point in time that the archive covers")
    senders = [standby for standby in database.standbys if standby.state == "streaming"]
    if senders:
        return Check(
            "recovery-point",
            CheckResult.WARN,
            f"{words}, {count_text(len(senders), 'standby', 'standbys')}",
            "a standby protects against losing the machine, not against mistakes: deletions are replicated at once",
            ("take backups at least as often as the work you can afford to lose: rowkeep backup create",),
        )
    return Check(
        "recovery-point",
        CheckResult.WARN,
        words,
        "if this server is lost, everything since the last backup is lost, too",
        ("rowkeep backup create", "archive the WAL (pgBackRest, Barman, WAL-G), or let your provider do it"),
    )


def _locks(database: DatabaseFacts) -> Check:
    values = database.settings
    slots = int(values["max_locks_per_transaction"]) * (
        int(values["max_connections"]) + int(values["max_prepared_transactions"])
    )
    relations = database.server.relations
    words = f"space for {slots:,} locks, {relations:,} tables, views and sequences"
    if relations > slots:
        return Check(
            "locks",
            CheckResult.FAIL,
            words,
            "pg_dump locks every table in one transaction and would fail with `out of shared memory`",
            ("ALTER SYSTEM SET max_locks_per_transaction = 1024;   (and restart the server)",),
        )
    if relations > slots // 2:
        return Check(
            "locks",
            CheckResult.WARN,
            words,
            "pg_dump locks every table in one transaction, and the application needs locks, too",
            ("ALTER SYSTEM SET max_locks_per_transaction = 1024;   (and restart the server)",),
        )
    return Check("locks", CheckResult.OK, words)


def _switched_off(database: DatabaseFacts) -> Iterator[Check]:
    for name, why in {
        "track_counts": "autovacuum never runs without it, and table sizes are guesses",
        "autovacuum": "dead rows stay, statistics become outdated, and in the end wraparound stops the whole server",
        "track_activities": "blocking sessions cannot be identified",
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
                    "session-replication-role",
                    CheckResult.WARN,
                    measured,
                    "Rowkeep overrides it; other sessions have it",
                )
                continue
            yield Check(
                name.replace("_", "-"),
                CheckResult.FAIL,
                f"{name} is {value} for this session",
                "foreign keys are not checked" if value == "replica" else "damaged rows are silently removed",
                (f"ALTER ROLE {quote_name(database.server.role)} RESET {name}",),
            )


def _overridden(database: DatabaseFacts) -> Iterator[Check]:
    """Settings of role, database or server that would end our sessions or change what they read and write."""
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
            why = "Rowkeep overrides it and writes anyway; if this database is read-only on purpose, do not migrate it"
            yield Check(_display_name(name), CheckResult.WARN, measured, why)
        else:
            yield Check(
                _display_name(name), CheckResult.OK, measured, SESSION_OVERRIDES if name.endswith("timeout") else FORMS
            )


def _display_name(name: str) -> str:
    return name.lower().replace("_", "-")
