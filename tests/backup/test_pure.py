"""What needs no server: comparing numbers, reading complaints, the words of failures, the shelf and the manifest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowkeep import backup as backups
from rowkeep.backup import archive, dump, manifest, program_messages, storage
from rowkeep.database.catalog.database_properties import parse_name_list
from rowkeep.domain.deploy.backup import (
    Backup,
    BackupList,
    DatabaseGrant,
    DatabaseProperties,
    DatabaseSetting,
    Extension,
    Leftover,
    SavedRole,
    SequenceValue,
    TableCount,
)
from rowkeep.domain.deploy.program import Programs, Version
from rowkeep.domain.deploy.retention import Retention, taken_at
from rowkeep.errors import BackupFailed, Misused
from rowkeep.programs import ProgramResult
from rowkeep.report.upkeep.backup_metrics import format_metrics
from rowkeep.report.upkeep.backup_schedule import format_schedule


def made(id: str = "shop-20260101T000000Z", directory: str = "backups", **fields: object) -> Backup:
    plain = Backup(
        id=id,
        path=f"{directory}/{id}.dump",
        database="shop",
        server_version="17.11",
        client_version="17.11",
        taken_at="2026-01-01T00:00:00Z",
        seconds=1.5,
        bytes=4,
        sha256="00",
        counts=(TableCount("app", "users", 3, ("1", "2")), TableCount("app", "empty", 0)),
    )
    return replace(plain, **fields)  # type: ignore[arg-type]  # the fields of a Backup


NOW = datetime(2026, 3, 1, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
counts = st.builds(TableCount, texts, texts, st.integers(0, 2**62), st.none() | st.tuples(texts, texts))
known = st.builds(
    lambda **fields: made(**fields),
    database=texts,
    counts=st.lists(counts, max_size=4).map(tuple),
    sequences=st.lists(
        st.builds(SequenceValue, texts, texts, st.none() | st.integers(), st.booleans()), max_size=3
    ).map(tuple),
    extensions=st.lists(st.builds(Extension, texts, texts), max_size=2).map(tuple),
    roles=st.lists(
        st.builds(
            SavedRole,
            texts,
            st.just(("LOGIN",)),
            st.booleans(),
            st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
            st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    properties=st.none()
    | st.builds(
        DatabaseProperties,
        texts,
        texts,
        texts,
        texts,
        settings=st.lists(st.builds(DatabaseSetting, st.none() | texts, texts, texts), max_size=2).map(tuple),
        grants=st.none() | st.lists(st.builds(DatabaseGrant, st.none() | texts, texts, st.booleans())).map(tuple),
    ),
    large_object_hashes=st.none() | st.tuples(texts, texts),
    verified=st.none() | st.just("hashes"),
)


@given(backup=known)
def test_a_manifest_out_and_back(tmp_path_factory: pytest.TempPathFactory, backup: Backup) -> None:
    file = tmp_path_factory.getbasetemp() / "one.dump.json"
    file.write_text(manifest.write_manifest(backup), "utf-8")
    assert manifest.read_manifest(str(file)) == replace(backup, path=str(file.parent / f"{backup.id}.dump"))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"rowkeep_manifest": 1}', '{"rowkeep_manifest": 99}', "\x00"])
def test_another_file_is_no_manifest(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(BackupFailed) as caught:
        manifest.read_manifest(str(tmp_path / "x.json"))
    assert caught.value.where == str(tmp_path / "x.json")


def test_every_changed_or_cut_manifest_is_known(tmp_path: Path) -> None:
    backup = Backup("shop-1", "shop-1.dump", "shop", "18.1", "18.1", "2026-01-01T00:00:00Z", 1.0, 7, "ab" * 32, ())
    file = tmp_path / "shop-1.dump.json"
    whole = manifest.write_manifest(replace(backup, files=((".roles.sql", "cd" * 32),))).encode()
    changed = [whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :] for at in range(len(whole)) for bit in (1, 3)]
    cut = [whole[:length] for length in range(len(whole))]
    line = whole.rindex(b',\n  "manifest_sha256"')
    for text in (*changed, *cut, whole[:line] + b"\n}\n", whole + b"\n", whole.replace(b"\n", b"\r\n")):
        file.write_bytes(text)
        with pytest.raises(BackupFailed):
            manifest.read_manifest(str(file))
    file.write_bytes(whole)
    assert manifest.read_manifest(str(file)).files == ((".roles.sql", "cd" * 32),)
    # As an older Rowkeep wrote it.
    file.write_bytes(whole[:line].replace(b'"rowkeep_manifest": 2', b'"rowkeep_manifest": 1') + b"\n}\n")
    assert manifest.read_manifest(str(file)).database == "shop"


def told(backup: Backup, *found: TableCount, **more: object) -> list[tuple[str, str, str]]:
    return [(one.what, one.expected, one.found) for one in backups.compare_counts(backup, found, **more)]  # type: ignore[arg-type]  # as above


def test_counts_that_came_back() -> None:
    assert told(made(), TableCount("app", "empty", 0), TableCount("app", "users", 3, ("1", "2"))) == []
    # Where one side has no hashes, only rows are compared.
    assert told(made(), TableCount("app", "empty", 0), TableCount("app", "users", 3)) == []


def test_counts_that_did_not() -> None:
    assert told(made(), TableCount("app", "users", 2), TableCount("app", "new", 1)) == [
        ("app.users", "3 rows", "2 rows"),
        ("app.empty", "0 rows", "no such table"),
        ("app.new", "no such table", "1 row"),
    ]
    [(what, _, found)] = told(made(), TableCount("app", "empty", 0), TableCount("app", "users", 3, ("1", "9")))
    assert (what, found) == ("app.users", "content 1/9, as many rows")


@pytest.mark.parametrize(
    ("last", "ascending", "found", "fine"),
    [
        (10, True, 10, True),
        (10, True, 12, True),
        (10, True, 9, False),
        (10, True, None, False),
        (-5, False, -6, True),
        (-5, False, -4, False),
        (None, True, None, True),
        (None, True, 7, True),
    ],
)
def test_a_sequence_may_be_further_but_not_behind(
    last: int | None, ascending: bool, found: int | None, fine: bool
) -> None:
    backup = made(counts=(), sequences=(SequenceValue("app", "s", last, ascending),))
    assert (told(backup, sequences=(SequenceValue("app", "s", found, ascending),)) == []) is fine


def test_large_objects_and_lost_sequences() -> None:
    backup = made(counts=(), large_objects=3, sequences=(SequenceValue("app", "s", 1234),))
    assert told(backup, sequences=(), large_objects=(2, None)) == [
        ("sequence app.s", "at 1,234", "no such sequence"),
        ("large objects", "3", "2"),
    ]
    read = replace(backup, sequences=(), large_object_hashes=("1", "2"))
    assert told(read, large_objects=(3, ("1", "2"))) == told(read, large_objects=(3, None)) == []
    assert told(read, large_objects=(3, ("1", "3"))) == [("large objects", "content 1/2", "content 1/3, as many")]


COMPLAINTS = """\
pg_restore: while PROCESSING TOC:
pg_restore: from TOC entry 9; 2615 17283 SCHEMA app shop_owner
pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter "transaction_timeout"
Command was: SET transaction_timeout = 0;

pg_restore: from TOC entry 10; 1259 17290 TABLE users shop_owner
pg_restore: error: could not execute query: ERROR:  type "app.mood" does not exist
LINE 2:     mood app.mood
            ^
Command was: CREATE TABLE app.users (
    mood app.mood
);

pg_restore: warning: errors ignored on restore: 2
""".splitlines()


def test_complaints_one_by_one() -> None:
    harmless, fatal = program_messages.split_messages(COMPLAINTS)
    assert len(harmless) == 1 and "transaction_timeout" in harmless[0]
    [complaint] = fatal
    assert complaint.startswith("from TOC entry 10; 1259 17290 TABLE users shop_owner\nerror: could not execute")
    assert complaint.endswith(");")
    assert program_messages.find_unsupported(fatal) is None
    assert (
        program_messages.find_unsupported(('ERROR:  extension "postgis" is not available',))
        == 'extension "postgis" is not available'
    )


def test_no_complaints() -> None:
    assert program_messages.split_messages([]) == program_messages.split_messages([""]) == ((), ())


def test_complaints_beside_progress() -> None:
    said = [
        'pg_restore: creating TABLE "app.users"',
        "a line of something else",
        *COMPLAINTS[:4],
        "pg_restore: processing item 12 TABLE users",
        *COMPLAINTS[4:],
    ]
    told = program_messages.keep_messages(ProgramResult(1, "", "\n".join(said)), "pg_restore")
    assert told.complaint.split("\n") == COMPLAINTS
    quiet = program_messages.keep_messages(ProgramResult(1, "", "pg_dump: last built-in OID is 16383"), "pg_dump")
    assert (quiet.complaint, quiet.why) == ("", "exit code 1")


TOOLS = Programs(Version(17, 11), "/usr/lib/postgresql/17/bin", frozenset({"pg_dump"}), "Debian", zstd=True)


def test_compression_that_this_pg_dump_can_write() -> None:
    assert dump.choose_compression(TOOLS) == "zstd:3"
    assert dump.choose_compression(replace(TOOLS, zstd=False)) == "6"
    # pg_dump 14 takes the word zstd for level 0 and does not compress at all.
    assert dump.choose_compression(replace(TOOLS, version=Version(14, 23))) == "6"


def test_statistics_are_left_out_where_they_would_be_in() -> None:
    assert "--no-statistics" in dump.dump_options(replace(TOOLS, version=Version(18, 6)), 10)
    assert "--no-statistics" not in dump.dump_options(TOOLS, 10)


@pytest.mark.parametrize(
    ("why", "what"),
    [
        ("pg_dump: error: could not write to output file: No space left on device", "could not write the backup"),
        (
            "pg_dump: error: canceling statement due to statement timeout\npg_dump: detail: Query was: LOCK TABLE a",
            "could not acquire a read lock",
        ),
        ("pg_dump: error: query failed: ERROR:  permission denied for table users", "may not read everything"),
        (
            "pg_dump: error: Dumping the contents of table failed: server closed the connection unexpectedly",
            "connection was lost",
        ),
        (
            "pg_dump: error: out of shared memory\nHINT: You might need to increase max_locks_per_transaction.",
            "lock table",
        ),
        ('query failed: ERROR:  invalid snapshot identifier: "00000003-0000001B-1"', "connection was lost"),
        ('query failed: ERROR:  snapshot "00000003-0000001B-1" does not exist', "connection was lost"),
        ("canceling statement due to conflict with recovery", "standby"),
        ("something else", "pg_dump failed"),
    ],
)
def test_words_for_what_pg_dump_says(why: str, what: str) -> None:
    failed = dump.describe_failure(why, directory="backups")
    assert what in failed.what and failed.why == why and failed.instead[-1] == "rowkeep backup"


def test_killed_for_want_of_memory_is_said() -> None:
    assert "out of memory" in dump.describe_exit(ProgramResult(-9, "", ""))


def test_the_list_of_an_archive() -> None:
    listing = (
        ";\n; Archive created at 2026-01-01\n;\n"
        "12; 1259 16385 TABLE app users shop_owner\n"
        "13; 0 16385 TABLE DATA app users shop_owner\n"
        "14; 2606 16390 FK CONSTRAINT app orders orders_user_id_fkey shop_owner\n"
        "15; 6100 16400 SUBSCRIPTION - copied shop_owner\n"
        "9; 2615 16384 SCHEMA - app shop_owner\n"
    )
    assert [(entry.number, entry.kind) for entry in archive.parse_entries(listing)] == [
        (12, "TABLE"),
        (13, "TABLE DATA"),
        (14, "FK CONSTRAINT"),
        (15, "SUBSCRIPTION"),
        (9, "SCHEMA"),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"$user", public', ("$user", "public")),
        ("app, pg_temp", ("app", "pg_temp")),
        ('"a ""b"", c", d', ('a "b", c', "d")),
        ('""', ("",)),
        ("", ("",)),
    ],
)
def test_a_list_of_names_as_postgresql_stores_it(value: str, expected: tuple[str, ...]) -> None:
    assert parse_name_list(value) == expected


@pytest.mark.parametrize(("database", "spelt"), [("shop", "shop"), ("Müller/../x", "M_ller_.._x"), ("..", "database")])
def test_a_name_that_every_file_system_can_spell(database: str, spelt: str) -> None:
    assert storage.backup_id(database, "2026-01-31T10:20:30Z") == f"{spelt}-20260131T102030Z"


def lay(directory: Path, *backups_made: Backup) -> None:
    for backup in backups_made:
        here = replace(backup, path=str(directory / f"{backup.id}.dump"))
        Path(here.path).write_bytes(b"dump")
        Path(here.manifest_path).write_text(manifest.write_manifest(here))


def test_the_shelf_tells_backups_from_what_is_none(tmp_path: Path) -> None:
    lay(tmp_path, made("shop-1", taken_at="2026-01-01T00:00:00Z"), made("shop-2", taken_at="2026-01-02T00:00:00Z"))
    lay(tmp_path, made("shop-3", bytes=5), made("shop-4"))
    (tmp_path / "shop-4.dump.json").write_text("{")
    (tmp_path / "old_way.dump").write_bytes(b"PGDMP")
    (tmp_path / "shop-5.dump.partial").write_bytes(b"half")
    (tmp_path / "shop-6.dump.structure.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("not ours")
    catalog = backups.list_backups(str(tmp_path))
    assert [backup.id for backup in catalog.backups] == ["shop-2", "shop-1"]
    assert {(Path(left.path).name, left.fault.split(":")[0], left.stale) for left in catalog.leftovers} == {
        ("shop-3.dump", "damaged", False),
        ("shop-4.dump", "its manifest cannot be read", False),
        ("old_way.dump", "has no manifest", False),
        ("shop-5.dump.partial", "unfinished", True),
        ("shop-6.dump.structure.json", "its dump is gone", True),
    }
    backups.delete_backups((), catalog.leftovers)
    assert {path.name for path in tmp_path.iterdir()} >= {"old_way.dump", "shop-3.dump", "notes.txt"}
    assert not (tmp_path / "shop-5.dump.partial").exists()


def test_no_directory_is_an_empty_shelf(tmp_path: Path) -> None:
    assert backups.list_backups(str(tmp_path / "none")).backups == ()


def test_a_dump_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), storage.start_partial(tmp_path, "shop-1") as partial:
        [left] = backups.list_backups(str(tmp_path)).leftovers
        assert (left.fault, left.stale) == ("is being written now", False)
        assert partial.path.stat().st_mode & 0o777 == 0o600
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_two_in_one_second_get_two_names(tmp_path: Path) -> None:
    with storage.start_partial(tmp_path, "shop-1") as one, storage.start_partial(tmp_path, "shop-1") as two:
        assert (one.id, two.id) == ("shop-1", "shop-1-2")
        one.finish()
        two.finish()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop-1-2.dump", "shop-1.dump"]


def test_the_directory_is_private_and_ignored_by_git(tmp_path: Path) -> None:
    made_there = storage.prepare_directory(str(tmp_path / "a" / "backups"))
    assert made_there.stat().st_mode & 0o777 == 0o700
    assert (made_there / ".gitignore").read_text().endswith("*\n")
    assert storage.prepare_directory(str(made_there)) == made_there


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupFailed):
        storage.prepare_directory(str(tmp_path / "file" / "backups"))


def test_finding_one(tmp_path: Path) -> None:
    lay(tmp_path, made("shop-1"), made("shop-2", taken_at="2026-01-02T00:00:00Z"), made("shop-21"))
    catalog = backups.list_backups(str(tmp_path))
    assert backups.find_backup(catalog, "latest").id == "shop-2"
    assert backups.find_backup(catalog, "shop-2").id == "shop-2"
    assert backups.find_backup(catalog, "shop-1").id == "shop-1"
    assert backups.find_backup(catalog, str(tmp_path / "shop-1.dump")).id == "shop-1"
    for wanted, words in [("shop", "more than one backup starts with 'shop'"), ("x", "there is no backup 'x'")]:
        with pytest.raises(Misused) as caught:
            backups.find_backup(catalog, wanted)
        assert caught.value.what == words and "shop-21" in (caught.value.why or "")
    with pytest.raises(Misused):
        backups.find_backup(catalog, str(tmp_path / "none.dump"))


def test_a_damaged_one_is_not_found_but_named(tmp_path: Path) -> None:
    lay(tmp_path, made("shop-1", bytes=9))
    for wanted in ("shop-1", str(tmp_path / "shop-1.dump")):
        with pytest.raises(BackupFailed) as caught:
            backups.find_backup(backups.list_backups(str(tmp_path)), wanted)
        assert caught.value.why == "damaged: 4 bytes, but 9 were written"


@given(
    proven=st.lists(st.booleans(), max_size=12),
    keep=st.integers(1, 5),
)
def test_what_prune_leaves(proven: list[bool], keep: int) -> None:
    family = [
        made(f"shop-{day}", taken_at=f"2026-01-{day:02}T00:00:00Z", verified="counts" if good else None)
        for day, good in enumerate(proven, 1)
    ]
    other = made("other", database="other", verified="counts")
    catalog = BackupList("backups", (*reversed(family), other))
    going = backups.select_prunable(catalog, Retention(keep), NOW)
    left = [backup for backup in catalog.backups if backup not in going]
    assert other in left
    # Never fewer proven ones than asked for, or than there were; nothing newer than those goes.
    there = sum(backup.verified is not None for backup in family)
    assert sum(backup.verified is not None for backup in left if backup is not other) == min(there, keep)
    oldest_left = min((backup.taken_at for backup in left if backup.verified and backup is not other), default="")
    assert all(backup.taken_at < oldest_left for backup in going)


def test_prune_keeps_one_of_each_period() -> None:
    """60 days with a proven backup at noon and an unproven one in the evening."""
    family = []
    for number in range(60):
        day = (NOW - timedelta(days=number + 1)).date().isoformat()
        family += [
            made(f"e{number}", taken_at=f"{day}T20:00:00Z", verified=None),
            made(f"n{number}", taken_at=f"{day}T12:00:00Z", verified="counts"),
        ]
    catalog = BackupList("backups", tuple(family))
    kept = backups.explain_kept(catalog, Retention(2, days=3, daily=5, weekly=4, monthly=3), NOW)
    assert kept == {
        "e0": "newer than a proven one that is kept",
        "n0": "newest 2",
        "e1": "newer than a proven one that is kept",
        "n1": "newest 2",
        "e2": "last 3 days",  # 26 February
        "n2": "last 3 days",
        "n3": "daily",
        "n4": "daily",
        "n6": "weekly",  # Sunday, 22 February
        "n13": "weekly",
        "n20": "weekly",
        "n28": "monthly",  # 31 January
        "n59": "monthly",  # 31 December
    }
    few = BackupList("backups", tuple(backup for backup in family if backup.id in ("n50", "e51", "n59")))
    assert set(backups.explain_kept(few, Retention(3), NOW).values()) == {"fewer than 3 are proven"}


@given(
    proven=st.lists(st.booleans(), max_size=40),
    rule=st.builds(
        Retention, st.integers(1, 4), st.integers(0, 9), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)
    ),
)
def test_no_rule_removes_the_last_proven_backup_or_what_the_plain_rule_keeps(
    proven: list[bool], rule: Retention
) -> None:
    family = tuple(
        made(
            f"b{number}",
            taken_at=(NOW - timedelta(hours=17 * number + 1)).isoformat(),
            verified="counts" if good else None,
        )
        for number, good in enumerate(proven)
    )
    catalog = BackupList("backups", family)
    kept = backups.explain_kept(catalog, rule, NOW)
    assert set(kept) >= set(backups.explain_kept(catalog, Retention(rule.last), NOW))
    newest = next((backup for backup in family if backup.verified), None)
    assert newest is None or newest.id in kept
    assert all(backup.id in kept for backup in family if taken_at(backup) >= NOW - timedelta(days=rule.days))


def test_metrics_and_their_labels() -> None:
    catalog = BackupList(
        "backups",
        (
            made("a2", database='a"\n\\b', taken_at="2026-02-02T00:00:00Z", verified=None, bytes=7, seconds=1.5),
            made("a1", database='a"\n\\b', taken_at="2026-02-01T00:00:00Z", verified="counts"),
        ),
        (Leftover("x.partial", "unfinished", 3),),
    )
    lines = format_metrics(catalog, 26).splitlines()
    label = '{database="a\\"\\n\\\\b"}'
    assert [line for line in lines if not line.startswith("#")] == [
        f"rowkeep_backup_count{label} 2",
        f"rowkeep_backup_last_timestamp_seconds{label} 1769990400",
        f"rowkeep_backup_last_proven_timestamp_seconds{label} 1769904000",
        f"rowkeep_backup_last_bytes{label} 7",
        f"rowkeep_backup_last_duration_seconds{label} 1.5",
        "rowkeep_backup_max_age_seconds 93600",
        "rowkeep_backup_unusable_files 1",
    ]
    assert sum(line.startswith("# TYPE") for line in lines) == 7


def test_schedules_name_paths_as_their_readers_read_them() -> None:
    odd = "/srv/my shop/100%"
    cron = format_schedule("cron", 2, 5, odd, "/opt/rowkeep bin/rowkeep")
    assert (
        "5 2 * * * cd '/srv/my shop/100\\%' && '/opt/rowkeep bin/rowkeep' backup --prove --quiet && "
        "'/opt/rowkeep bin/rowkeep' backup prune --yes --quiet\n"
    ) in cron
    unit = format_schedule("systemd", 2, 5, odd, "/opt/rowkeep bin/rowkeep")
    assert "WorkingDirectory=/srv/my shop/100%%\n" in unit and "OnCalendar=*-*-* 02:05:00\n" in unit
    assert 'ExecStart="/opt/rowkeep bin/rowkeep" backup --prove\n' in unit
    job = format_schedule("kubernetes", 2, 5, odd, "rowkeep")
    assert 'schedule: "5 2 * * *"' in job and odd not in job


@pytest.mark.parametrize("form", ["cron", "systemd"])
@pytest.mark.parametrize("name", ["a\n* * * * * id", "a\rb", "a\tb", "a\x1b[2J", "a\\"])
def test_no_schedule_names_a_path_that_ends_its_line(form: str, name: str) -> None:
    """In a crontab, what follows the line break would be a command of its own."""
    with pytest.raises(Misused, match="no schedule can name this path"):
        format_schedule(form, 2, 5, f"/srv/{name}", "rowkeep")
    with pytest.raises(Misused, match="no schedule can name this path"):
        format_schedule(form, 2, 5, "/srv", f"/opt/{name}")


def test_a_unit_quotes_every_path_with_special_characters() -> None:
    unit = format_schedule("systemd", 2, 5, "/srv", "/opt/it's;$x/rowkeep")
    assert 'ExecStart="/opt/it\'s;$$x/rowkeep" backup --prove\n' in unit


def test_latest_is_not_called_absent_where_it_is_damaged(tmp_path: Path) -> None:
    """`there are no backups` would send a person away from the files that are there."""
    (tmp_path / "shop-20261130T115213Z.dump").write_bytes(b"")
    with pytest.raises(BackupFailed, match="none of the backups can be used") as refused:
        backups.find_backup(backups.list_backups(str(tmp_path)), "latest")
    assert str(refused.value.where).endswith("shop-20261130T115213Z.dump") and refused.value.why
    with pytest.raises(Misused, match="there is no backup 'latest'"):
        backups.find_backup(backups.list_backups(str(tmp_path / "none")), "latest")


def test_an_older_backup_does_not_pass_for_the_latest(tmp_path: Path) -> None:
    """The newest is damaged: what was written after the one before it would be missing without a word."""
    lay(tmp_path, made("shop-20261130T115213Z"))
    older = backups.find_backup(backups.list_backups(str(tmp_path)), "latest")
    for name in ("shop-20261129T115213Z.dump", "other-20261201T115213Z.dump", "shop-20261201T115213Z.dump.partial"):
        (tmp_path / name).write_bytes(b"")
    assert backups.find_backup(backups.list_backups(str(tmp_path)), "latest") == older
    (tmp_path / "shop-20261201T115213Z.dump").write_bytes(b"")
    with pytest.raises(BackupFailed, match="the latest backup of shop cannot be used") as refused:
        backups.find_backup(backups.list_backups(str(tmp_path)), "latest")
    assert refused.value.instead[0] == "use the previous one: shop-20261130T115213Z"
    assert backups.find_backup(backups.list_backups(str(tmp_path)), "shop-20261130T115213Z") == older
