"""Every family of checks, without a server: what is ill is said, what is well is not complained about."""

from __future__ import annotations

import importlib
from dataclasses import replace
from datetime import timedelta

import pytest

from rowkeep import doctor
from rowkeep.domain.deploy.backup import Backup
from rowkeep.domain.doctor_facts import Collation, OpenTransaction, PathFacts, ReplicationSlot, Standby, Unavailable
from rowkeep.domain.health_check import CheckResult
from rowkeep.domain.history.ledger import Checksum, EntryOutcome, HistoryRow, LedgerText
from rowkeep.domain.migration import Directory, Language, Migration, Remark, Section
from rowkeep.domain.source import Source, Span
from rowkeep.report.doctor import format_doctor, serialize_doctor

ABSENT = Unavailable("no directory", "", ("rowkeep init",))
OK, WARN, FAIL, UNKNOWN = CheckResult.OK, CheckResult.WARN, CheckResult.FAIL, CheckResult.UNKNOWN


def database(facts, **more):
    return replace(facts, database=replace(facts.database, **more))


def server(facts, **more):
    return database(facts, server=replace(facts.database.server, **more))


def connection(facts, **more):
    return database(facts, connection=replace(facts.database.connection, **more))


def rights(facts, **more):
    return database(facts, rights=replace(facts.database.rights, **more))


def machine(facts, **more):
    return replace(facts, machine=replace(facts.machine, **more))


def settings(facts, **more):
    return database(facts, settings={**facts.database.settings, **more})


def disk(path, gigabytes, device):
    return PathFacts(path, 0o700, True, round(gigabytes * 10**9), device)


def proven_at(facts, taken_at):
    """At most a day is allowed. Beside it are newer backups that do not count: unproven, or of another database."""
    unproven = Backup("b", "b.dump", "shop", "17.11", "17.11", "2026-10-01T11:00:00Z", 1.0, 4, "00", ())
    other = replace(unproven, database="other", verified="counts")
    proven = [replace(unproven, taken_at=taken_at, verified="counts")] if taken_at else []
    return replace(facts, backups=(unproven, other, *proven), max_backup_age_h=24)


def of(facts, name):
    """The worst outcome of the checks called `name`."""
    order = [OK, UNKNOWN, WARN, FAIL]
    found = [check for _, check in doctor.examine(facts) if check.name == name]
    assert found, f"no check {name}"
    return max((check.health for check in found), key=order.index)


def test_the_healthy_are_told_so(healthy):
    checks = list(doctor.examine(healthy))
    assert [(family, check.name) for family, check in checks if check.health is FAIL] == []
    # Nothing to apply yet is the only thing to say of an empty directory.
    assert [check.name for _, check in checks if check.health is WARN] == ["migrations"]
    assert {check.name for _, check in checks} >= {
        "connection",
        "version",
        "client-programs",
        "backup-space",
        "history",
    }


ILL = {
    "pids change": (lambda f: connection(f, pids=(812, 813)), "pooler", FAIL),
    "login pid is not ours": (lambda f: connection(f, login_pid=594446296), "pooler", FAIL),
    "PgBouncer's port": (lambda f: connection(f, port=6432), "pooler", WARN),
    "Supavisor's port": (lambda f: connection(f, port=6543), "pooler", WARN),
    "Neon's pooler": (lambda f: connection(f, host="ep-x-pooler.eu.aws.neon.tech"), "pooler", WARN),
    "Supabase's pooler": (lambda f: connection(f, host="aws-0-eu.pooler.supabase.com"), "pooler", WARN),
    "no TLS": (lambda f: connection(f, encrypted=False), "encryption", WARN),
    "TLS without proof": (lambda f: connection(f, sslmode="require"), "encryption", WARN),
    "a socket needs no TLS": (lambda f: connection(f, host="/run/postgresql", encrypted=False), "encryption", OK),
    "too old": (lambda f: server(f, version_num=130020, version="13.20"), "version", FAIL),
    "too new": (lambda f: server(f, version_num=190000, version="19.0"), "version", WARN),
    "out of support": (lambda f: machine(f, today="2029-11-09"), "version", WARN),
    "an old minor": (lambda f: server(f, version_num=170002, version="17.2"), "minor-release", WARN),
    "a standby": (lambda f: server(f, recovering=True), "primary", FAIL),
    "read only": (lambda f: server(f, read_only=True), "read-only", FAIL),
    "a refused question": (lambda f: database(f, unanswered=(("doctor_slots", "denied"),)), "doctor_slots", UNKNOWN),
    "may not create": (lambda f: rights(f, builds=False), "create", FAIL),
    "no schema": (lambda f: rights(f, schema_exists=False), "create", FAIL),
    "not the owner": (lambda f: rights(f, not_owned=("public.a",) * 5), "ownership", WARN),
    "ledger locked": (lambda f: rights(f, uses_ledger=False), "ledger", FAIL),
    "no ledger": (lambda f: rights(f, ledger_exists=False, makes_schemas=False), "ledger", WARN),
    "ledger to come": (lambda f: rights(f, ledger_exists=False), "ledger", OK),
    "rows hidden": (lambda f: rights(f, row_secured=("public.a",)), "backup-rights", FAIL),
    "unreadable": (lambda f: rights(f, unreadable=("public.a",)), "backup-rights", FAIL),
    "large objects": (lambda f: rights(f, large_objects=3), "backup-rights", FAIL),
    "blind": (lambda f: rights(f, sees_others=False), "who-blocks", WARN),
    "deadlock_timeout": (lambda f: database(f, may_set=False), "deadlock-timeout", OK),
    "no programs": (lambda f: replace(f, client=None), "client-programs", WARN),
    "no programs, none fetched": (lambda f: machine(replace(f, host=None), fetches=False), "server-programs", FAIL),
    "an extension more": (lambda f: database(f, extensions=(("postgis", "3.4"),)), "extensions", FAIL),
    "a library less": (lambda f: machine(f, absent_libraries={"hstore": ("libx.so.1",)}), "extension-library", FAIL),
    "extensions not known": (lambda f: machine(f, extensions=None), "extensions", UNKNOWN),
    "no room for the backup": (
        lambda f: machine(f, backups=PathFacts("b", 0o700, True, 10**8, 1)),
        "backup-space",
        FAIL,
    ),
    "little room": (lambda f: machine(f, backups=PathFacts("b", 0o700, True, 5 * 10**8, 1)), "backup-space", WARN),
    "no room for the copy": (lambda f: machine(f, temporary=disk("t", 0.9, 2)), "rehearsal-space", FAIL),
    "room for the copy": (lambda f: machine(f, temporary=disk("t", 1.6, 2)), "rehearsal-space", OK),
    "one disk for both": (
        lambda f: machine(f, backups=disk("b", 1.2, 1), temporary=disk("t", 1.2, 1)), "rehearsal-space", FAIL,
    ),
    "no proven backup": (lambda f: proven_at(f, None), "backup-age", WARN),
    "a proven backup too old": (lambda f: proven_at(f, "2026-09-30T11:59:00Z"), "backup-age", WARN),
    "a proven backup of today": (lambda f: proven_at(f, "2026-09-30T12:01:00Z"), "backup-age", OK),
    "space not known": (lambda f: machine(f, backups=PathFacts("b", None, True, None, None)), "backup-space", UNKNOWN),
    "backups for all to see": (
        lambda f: machine(f, backups=PathFacts("b", 0o755, True, 10**12, 1)),
        "backups-dir",
        WARN,
    ),
    "backups not writable": (
        lambda f: machine(f, backups=PathFacts("b", 0o500, False, 10**12, 1)),
        "backups-dir",
        FAIL,
    ),
    "backups cannot be made": (
        lambda f: machine(f, backups=PathFacts("b", None, False, 10**12, 1)),
        "backups-dir",
        FAIL,
    ),
    "backups in git": (lambda f: machine(f, git_ignores={"backups": False}), "backups-dir", WARN),
    "an open passfile": (lambda f: machine(f, passfile=PathFacts("p", 0o644, True, None, 1)), "passfile", FAIL),
    "an open .env": (lambda f: machine(f, env_file=PathFacts(".env", 0o644, True, None, 1)), "env-file", WARN),
    ".env in git": (lambda f: machine(f, git_ignores={".env": False}), "env-file", WARN),
    "no migrations": (lambda f: replace(f, directory=None, unread=ABSENT), "migrations", FAIL),
    "the clock": (lambda f: connection(f, skew=-90.0), "clock", WARN),
    "a slow line is no skew": (lambda f: connection(f, skew=6.0, seconds=4.0), "clock", OK),
    "a zone for a role": (
        lambda f: database(f, overrides=(("bot", "", "TimeZone=Asia/Tokyo"),)), "time-zone", WARN,
    ),
    "the same zone for a role": (lambda f: database(f, overrides=(("bot", "", "TimeZone=Etc/UTC"),)), "time-zone", OK),
    "a zone of our own": (lambda f: database(f, overrides=(("migrant", "", "TimeZone=Etc/UTC"),)), "time-zone", WARN),
    "a zone for the database": (lambda f: database(f, overrides=(("", "shop", "TimeZone=Etc/UTC"),)), "time-zone", OK),
    "summer time": (lambda f: server(f, time_zone="Europe/Berlin", summer_time=True), "time-zone", WARN),
    "SQL_ASCII": (lambda f: server(f, encoding="SQL_ASCII"), "encoding", WARN),
    "collation moved": (lambda f: database(f, collation_now="2.41"), "collation-version", WARN),
    "another collation moved": (
        lambda f: database(f, collations=(Collation(False, "public.de", False, "1", "2", 3),)), "collations", WARN,
    ),
    "a collation of before": (
        lambda f: database(f, collations=(Collation(False, "public.de", False, "2", "2", 3),)), "encoding", OK,
    ),
    "no ICU for a collation": (
        lambda f: machine(database(f, collations=(Collation(False, "public.de", True, "", "", 3),)), icu=False),
        "icu", FAIL,
    ),
    "no ICU for the database": (lambda f: machine(server(f, provider="icu", locale="de"), icu=False), "icu", WARN),
    "rows that a migration does not see": (
        lambda f: rights(f, row_secured=("public.a",)), "row-security", WARN,
    ),
    "no such locale": (lambda f: machine(f, locale=False), "locale", WARN),
    "a long transaction": (
        lambda f: database(f, open=(OpenTransaction(7, "app", "web", "idle in transaction", 99.0, "SELECT"),)),
        "long-transactions", WARN,
    ),
    "prepared": (lambda f: database(f, prepared=(("tx", "app", 60.0),)), "prepared-transaction", WARN),
    "autovacuum off": (lambda f: database(f, tables=(("autovacuum off", "t"),)), "autovacuum-off", WARN),
    "invalid index": (lambda f: database(f, tables=(("invalid index", "i"),)), "invalid-index", WARN),
    "unlogged": (lambda f: database(f, tables=(("unlogged", "t"),)), "unlogged", OK),
    "event trigger": (lambda f: database(f, event_triggers=("guard",)), "event-triggers", OK),
    "a standby follows": (lambda f: database(f, standbys=(Standby("s", "", "streaming", 0.1),)), "standbys", OK),
    "a standby lags": (lambda f: database(f, standbys=(Standby("", "::1", "streaming", 60.0),)), "standbys", WARN),
    "a dead slot": (
        lambda f: database(f, slots=(ReplicationSlot("s", "physical", False, "reserved", 5, ""),)),
        "slot",
        WARN,
    ),
    "a lost slot": (
        lambda f: database(f, slots=(ReplicationSlot("s", "logical", True, "lost", 0, "shop"),)),
        "slot",
        WARN,
    ),
    "a read slot": (
        lambda f: database(f, slots=(ReplicationSlot("s", "logical", True, "reserved", 5, "shop"),)),
        "slot",
        OK,
    ),
    "publishes all": (lambda f: database(f, publications=(("publication", "p", True),)), "publication", WARN),
    "publishes some": (lambda f: database(f, publications=(("publication", "p", False),)), "publication", OK),
    "subscribes": (lambda f: database(f, publications=(("subscription", "s", False),)), "subscription", WARN),
    "fsync": (lambda f: settings(f, fsync="off"), "durability", WARN),
    "synchronous_commit": (lambda f: settings(f, synchronous_commit="off"), "durability", WARN),
    "no archive": (lambda f: settings(f, archive_mode="off"), "recovery-point", WARN),
    "a standby is no backup": (
        lambda f: settings(database(f, standbys=(Standby("s", "", "streaming", 0.1),)), archive_mode="off"),
        "recovery-point", WARN,
    ),
    "too many tables": (lambda f: server(f, relations=6401), "locks", FAIL),
    "many tables": (lambda f: server(f, relations=3201), "locks", WARN),
    "track_counts": (lambda f: settings(f, track_counts="off"), "track-counts", WARN),
    "autovacuum": (lambda f: settings(f, autovacuum="off"), "autovacuum", WARN),
    "replica": (lambda f: settings(f, session_replication_role="replica"), "session-replication-role", FAIL),
    "a role's timeout": (
        lambda f: database(
            f, aside={"statement_timeout": "2min"}, overrides=(("migrant", "", "statement_timeout=2min"),)
        ),
        "statement-timeout", OK,
    ),
    "a role's DateStyle": (lambda f: database(f, aside={"DateStyle": "German, DMY"}), "datestyle", OK),
    "a frozen database": (
        lambda f: database(f, aside={"default_transaction_read_only": "on"}), "default-transaction-read-only", WARN,
    ),
    "replica, set aside": (
        lambda f: database(settings(f, session_replication_role="replica"), replica_aside=True),
        "session-replication-role", WARN,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "name", "health"), ILL.values(), ids=ILL.keys())
def test_what_is_ill_is_said(healthy, change, name, health):
    ill = change(healthy)
    assert of(ill, name) is health
    for _, check in doctor.examine(ill):
        assert check.measured and "\n" not in check.measured
        if check.health in (WARN, FAIL):
            assert check.why or check.instead, f"{check.name} says neither why nor what to do"


def migration(name, text="SELECT 1;", *, remarks=()):
    source = Source(f"migrations/{name}.sql", text)
    return Migration(name, source.path, Language.SQL, "plain", Section(source, Span(0, len(text))), remarks=remarks)


def with_history(facts, names, files, **state):
    at = facts.database.state.now - timedelta(days=1)
    rows = tuple(HistoryRow(number, name, at) for number, name in enumerate(names, 1))
    known = replace(facts.database.state, history_exists=True, rows=rows, **state)
    facts = replace(facts, directory=Directory("migrations", "plain", tuple(map(migration, files))))
    return database(facts, state=known)


def test_history_and_files_agree(healthy):
    facts = with_history(healthy, ["1_a", "2_b"], ["1_a", "2_b", "3_c"])
    (check,) = [check for family, check in doctor.examine(facts) if family == "history"]
    assert check.health is OK and check.measured.startswith("2 applied, 1 pending")


@pytest.mark.parametrize(
    ("names", "files", "name", "health"),
    [
        (["1_a", "2_b"], ["1_a"], "history-missing", FAIL),
        (["1_a", "3_c"], ["1_a", "2_b", "3_c"], "history-late", FAIL),
        (["2_b", "1_a"], ["1_a", "2_b"], "history-order", WARN),
    ],
)
def test_history_and_files_disagree(healthy, names, files, name, health):
    assert of(with_history(healthy, names, files), name) is health


def test_an_edited_file(healthy):
    record = LedgerText(1, Checksum("of another text", "of another text"), EntryOutcome.APPLIED)
    facts = with_history(healthy, ["1_a"], ["1_a"], records={1: record})
    assert of(facts, "history-changed") is FAIL


def test_a_run_in_the_future(healthy):
    facts = with_history(healthy, ["1_a"], ["1_a"])
    state = facts.database.state
    ahead = replace(state, now=state.now - timedelta(days=2))
    assert of(database(facts, state=ahead), "run-on") is FAIL


def test_a_fatal_remark_is_told_with_its_place(healthy):
    source = Source("migrations/1_a.sql", "SELECT 1;\n-- Down\n")
    remark = Remark("marker", source, Span(10, 12), "looks like a marker", fatal=True)
    facts = replace(healthy, directory=Directory("m", "plain", (migration("1_a", remarks=(remark,)),)))
    (check,) = [check for _, check in doctor.examine(facts) if check.name == "migrations"]
    assert check.health is FAIL and check.measured == "migrations/1_a.sql:2:1: looks like a marker"


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ('could not translate host name "x"', "misspelt"),
        ("connection refused: Connection refused", "listens"),
        ('FATAL:  password authentication failed for user "u"', "password"),
        ('FATAL:  database "shpo" does not exist', "no such database"),
        ("FATAL:  the database system is starting up", "try again"),
        ("FATAL:  sorry, too many clients already", "connections"),
        ("SSL error: certificate verify failed", "certificate"),
        ("something never seen", "rowkeep config"),
    ],
)
def test_without_a_connection_the_rest_is_still_told(healthy, words, advice):
    lost = replace(healthy, database=None, unreached=Unavailable("cannot connect", words, ("rowkeep config",)))
    checks = list(doctor.examine(lost))
    assert {family for family, _ in checks} == {"connection", "project", "programs"}
    assert of(lost, "connection") is FAIL
    assert advice in " ".join(checks[0][1].instead)
    assert format_doctor(checks).splitlines()[-1] == f"next: {checks[0][1].instead[0]}"


def test_every_family_has_a_first_line_and_checks():
    assert doctor.families()[:3] == ("connection", "server", "project")
    for name in doctor.families():
        module = importlib.import_module(f"rowkeep.doctor.{name}")
        assert module.__doc__ and callable(module.checks)


def test_text_and_data(healthy):
    checks = tuple(doctor.examine(healthy))
    text = format_doctor(checks)
    assert all(len(line) <= 119 for line in text.splitlines())
    assert "why:" in text and text.count("why:") < format_doctor(checks, verbose=True).count("why:")
    first = serialize_doctor(checks)[0]
    assert set(first) == {"family", "name", "outcome", "measured", "why", "next"}
