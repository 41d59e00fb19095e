"""The commands as people type them: answers, exit codes, JSON, and what is left when they are killed."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.patience import PATIENCE_S
from tests.support.forked_command import ForkedCommand, run_command, start_command

from rowkeep import backup as backups
from rowkeep.backup import storage
from rowkeep.backup.manifest import write_manifest
from rowkeep.database.catalog import unfinished_database
from rowkeep.database.connection.session import connect
from rowkeep.scratch import Server

from .conftest import catch, gone

pytestmark = pytest.mark.server

Rowkeep = Callable[..., subprocess.CompletedProcess[str]]
LIMITED = (
    "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000));"
    "from rowkeep.cli import run; sys.exit(run(sys.argv[1:]))"
)


def environment(tmp_path: Path, url: str) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PG", "ROWKEEP_")) or "TEST" in name
    }
    return {**kept, "DATABASE_URL": url, "ROWKEEP_BACKUPS_DIR": str(tmp_path / "backups")}


@pytest.fixture
def rowkeep(tmp_path: Path, shop: str) -> Rowkeep:
    """Run the command against the shop."""

    def run(*words: str, url: str = shop) -> Any:
        return run_command(*words, env=environment(tmp_path, url), cwd=tmp_path)

    return run


def begin(tmp_path: Path, url: str, *words: str) -> ForkedCommand | subprocess.Popen[str]:
    return start_command(*words, env=environment(tmp_path, url), cwd=tmp_path)


def left(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "backups").iterdir() if path.name != ".gitignore")


def answer(finished: subprocess.CompletedProcess[str], code: int = 0) -> dict[str, Any]:
    assert finished.returncode == code, finished.stderr
    document: dict[str, Any] = json.loads(finished.stdout)
    return document


def test_backup_list_verify_prune_restore(rowkeep: Rowkeep, shop: str, tmp_path: Path) -> None:
    taken = rowkeep("backup")
    assert taken.returncode == 0 and re.fullmatch(
        r"\S+/backups/test_\d+-\d{8}T\d{6}Z\.dump  [\d.]+ kB in .*\n"
        r"  552 rows in 8 tables of test_\d+, PostgreSQL [\d.]+.*, counted in the dump's own snapshot\n"
        r"  not proven yet: rowkeep backup verify test_\S+\n",
        taken.stdout,
    )
    again = answer(rowkeep("backup", "create", "--hashes", "--prove", "--output-format", "json"))["result"]["backup"]
    assert (again["verified"], again["rows"]) == ("hashes", 552)

    listed = answer(rowkeep("backup", "list", "--output-format=json"))["result"]
    assert [backup["verified"] for backup in listed["backups"]] == ["hashes", None]
    first = listed["backups"][1]["id"]
    table = rowkeep("backup", "list").stdout.splitlines()
    assert table[0].split() == ["ID", "TAKEN", "(UTC)", "DATABASE", "SERVER", "ROWS", "SIZE", "PROVEN"]
    assert table[1].startswith(again["id"]) and table[2].endswith("no")

    proven = rowkeep("backup", "verify", first)
    assert proven.returncode == 0
    assert (
        proven.stdout
        == f"{first}: restored: 552 rows in 8 tables came back (counted, values not compared), and the structure\n"
    )

    refused = rowkeep("backup", "prune", "--keep", "1")
    assert refused.returncode == 1 and "not confirmed" in refused.stderr and f"remove {first}" in refused.stderr
    assert rowkeep("backup", "prune", "--keep", "1", "--yes").stdout.startswith("removed 1 backup and 0 leftovers")
    assert rowkeep("backup", "prune", "--keep", "1", "--yes").stdout.startswith("nothing to remove: 1 backup")

    name = psycopg.conninfo.conninfo_to_dict(shop)["dbname"]
    restored = rowkeep("restore", "latest", "--into", "Shop New")
    assert restored.returncode == 0, restored.stderr
    assert "Shop New holds" in restored.stdout
    assert f'ALTER DATABASE "Shop New" RENAME TO {name};' in restored.stdout  # for a database that was dropped
    with psycopg.connect(shop) as connection:
        connection.execute("CREATE TABLE app.later ()")
    typed = re.findall(r"^  rowkeep (restore .*)$", restored.stdout, re.MULTILINE)
    for words, later in zip(typed, (None, "app.later"), strict=True):
        swapped = rowkeep(*shlex.split(words), "--confirm", name)
        assert swapped.returncode == 0, swapped.stderr
        with psycopg.connect(shop) as connection:
            assert connection.execute("SELECT count(*) FROM app.users").fetchone() == (50,)
            assert connection.execute("SELECT to_regclass('app.later')::text").fetchone() == (later,)


@pytest.mark.majors(18)
def test_restore_never_over_an_existing_database(rowkeep: Rowkeep, shop: str) -> None:
    assert rowkeep("backup").returncode == 0
    name = str(psycopg.conninfo.conninfo_to_dict(shop)["dbname"])
    refused = rowkeep("restore", "latest", "--into", name)
    assert refused.returncode == 2 and "already exists" in refused.stderr and "nothing was changed" in refused.stderr
    long = rowkeep("restore", "latest", "--into", "ü" * 32)
    assert long.returncode == 2 and "1 to 63 bytes" in long.stderr
    unknown = rowkeep("restore", "nonsense", "--into", "x")
    assert unknown.returncode == 2 and "there is no backup 'nonsense'" in unknown.stderr


@pytest.mark.majors(15)
def test_a_lost_row_is_exit_7(rowkeep: Rowkeep, shop: str) -> None:
    backup = answer(rowkeep("backup", "--output-format", "json"))["result"]["backup"]
    known = backups.read_manifest(backup["manifest"])
    more = tuple(replace(count, rows=51) if count.table == "users" else count for count in known.counts)
    Path(backup["manifest"]).write_text(write_manifest(replace(known, counts=more)))
    failed = rowkeep("backup", "verify")
    assert failed.returncode == 7
    assert "app.users: expected 51 rows, found 50 rows" in failed.stderr and "Traceback" not in failed.stderr
    document = answer(rowkeep("restore", "latest", "--into", "shop_new", "--output-format", "json"), 7)
    assert document["error"]["kind"] == "BackupFailed" and document["error"]["state"] == "unchanged"
    assert "shop_new was dropped again" in document["error"]["state_detail"]
    kept = answer(rowkeep("restore", "latest", "--into", "shop_new", "--keep-differing", "--output-format", "json"), 7)
    assert kept["error"]["state"] == "changed_in_part" and "shop_new was kept" in kept["error"]["state_detail"]
    assert "app.users: expected 51 rows, found 50 rows" in kept["error"]["why"]
    with psycopg.connect(shop) as connection:
        comment = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'shop_new'"
        ).fetchone()
    assert comment is not None and comment[0].startswith("rowkeep: NOT a proven copy of ")
    assert "app.users: expected 51 rows, found 50 rows" in comment[0]


@pytest.mark.majors(15)
def test_a_full_disk_is_exit_7_and_leaves_nothing(bulky: str, tmp_path: Path) -> None:
    # A limit of the size of files stands for the disk: the write fails in pg_dump in the same place.
    failed = subprocess.run(
        [sys.executable, "-c", LIMITED, "backup"],
        env=environment(tmp_path, bulky),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert failed.returncode == 7, failed.stderr
    assert "could not write the backup to" in failed.stderr and "ROWKEEP_BACKUPS_DIR" in failed.stderr
    assert left(tmp_path) == []


@pytest.mark.majors(18)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_no_file_and_no_pg_dump(
    server: Server, bulky: str, tmp_path: Path, number: signal.Signals
) -> None:
    running = begin(tmp_path, bulky, "backup")
    pid = catch("pg_dump", running.pid)
    running.send_signal(number)
    os.kill(pid, signal.SIGCONT)
    _, said = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 128 + number and "nothing was changed" in said
    assert gone(pid) and left(tmp_path) == []


@pytest.mark.majors(18)
def test_killed_it_leaves_a_partial_that_is_named_and_cleaned(server: Server, bulky: str, tmp_path: Path) -> None:
    running = begin(tmp_path, bulky, "backup")
    pid = catch("pg_dump", running.pid)
    running.kill()
    running.communicate(timeout=PATIENCE_S)
    # The kernel passes the end on (Linux); pg_dump was stopped by us, so it must go on to meet it.
    os.kill(pid, signal.SIGCONT)
    assert gone(pid)
    [partial] = left(tmp_path)
    assert partial.endswith(".dump.partial") and not storage.is_being_written(tmp_path / "backups" / partial)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        other = begin(tmp_path, bulky, *words)
        said, complained = other.communicate(timeout=PATIENCE_S)
        return subprocess.CompletedProcess(words, other.returncode, said, complained)

    assert "unfinished: its writer was killed" in run("backup", "list").stdout
    assert run("backup", "prune", "--yes").stdout.startswith("removed 0 backups and 1 leftover")
    assert left(tmp_path) == []


@pytest.mark.majors(15)
def test_an_interrupted_restore_drops_what_it_made(server: Server, bulky: str, tmp_path: Path) -> None:
    taken = begin(tmp_path, bulky, "backup")
    taken.communicate(timeout=PATIENCE_S)
    running = begin(tmp_path, bulky, "restore", "latest", "--into", "half")
    pid = catch("pg_restore", running.pid)
    running.send_signal(signal.SIGINT)
    os.kill(pid, signal.SIGCONT)
    _, said = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 130 and gone(pid)
    assert "the half-restored database half was dropped again" in said
    with psycopg.connect(server.conninfo()) as connection:
        assert connection.execute("SELECT FROM pg_database WHERE datname = 'half'").fetchone() is None


@pytest.mark.majors(14, 18)
def test_a_killed_restore_leaves_no_database_of_that_name(server: Server, bulky: str, tmp_path: Path) -> None:
    def names() -> list[str]:
        with psycopg.connect(server.conninfo()) as connection:
            like = "SELECT datname FROM pg_database WHERE datname LIKE 'rowkeep_restoring_%' OR datname = 'half'"
            return [name for (name,) in connection.execute(like).fetchall()]

    begin(tmp_path, bulky, "backup").communicate(timeout=PATIENCE_S)
    running = begin(tmp_path, bulky, "restore", "latest", "--into", "half")
    pid = catch("pg_restore", running.pid)
    [temporary] = names()
    assert temporary.endswith("_half") and temporary != "half"
    with connect(server.conninfo()) as session:
        assert unfinished_database.sweep_unfinished(session) == ((), ()), "another restore is at work"
    running.kill()
    running.communicate(timeout=PATIENCE_S)
    os.kill(pid, signal.SIGCONT)
    assert gone(pid) and names() == [temporary]
    again = begin(tmp_path, bulky, "restore", "latest", "--into", "half")
    _, said = again.communicate(timeout=PATIENCE_S)
    assert again.returncode == 0 and f"dropped leftovers of a killed restore: {temporary}" in said
    assert names() == ["half"]


@pytest.mark.majors(18)
def test_a_role_that_may_not_create_a_database_is_told_before(rowkeep: Rowkeep, server: Server, shop: str) -> None:
    assert rowkeep("backup").returncode == 0
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute("CREATE ROLE limited LOGIN")
    failed = rowkeep(
        "restore", "latest", "--into", "shop_new", url=psycopg.conninfo.make_conninfo(shop, user="limited")
    )
    assert failed.returncode == 3, failed.stderr
    assert "ALTER ROLE limited CREATEDB;" in failed.stderr and "nothing was changed" in failed.stderr


def test_verify_finds_drift_and_faults(rowkeep: Rowkeep, shop: str, tmp_path: Path) -> None:
    nothing = rowkeep("verify")
    assert nothing.returncode == 0 and "there is no expected structure" in nothing.stdout
    assert rowkeep("verify", "--accept", "as agreed", "--save", "structure.json").returncode == 0
    fine = answer(rowkeep("verify", "--output-format", "json"))["result"]
    assert fine["differences"] == [] and fine["expected"]["source"] == "accepted: as agreed"
    assert {concern["kind"] for concern in fine["concerns"]} == {"trigger", "constraint", "materialized view"}

    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute("ALTER TABLE app.orders ALTER note TYPE varchar(400)")
        connection.execute("CREATE INDEX sneaked_in ON app.orders (total)")
        connection.execute("SELECT setval('app.orders_id_seq', 3)")
        connection.execute("ALTER TABLE app.orders DISABLE TRIGGER ALL")
    drifted = rowkeep("verify")
    assert drifted.returncode == 1
    for line in (
        "unexpected: in the database, but not expected",
        "  index app.sneaked_in",
        "  column app.orders.note",
        "      - text",
        "      + character varying(400)",
        "  sequence app.orders_id_seq is at 3, and app.orders.id holds 200 already: the next insert may fail",
        "      SELECT setval('app.orders_id_seq', 200);",
        "  foreign key app.orders.orders_user_id_fkey is not enforced: its trigger on app.orders is disabled",
    ):
        assert line in drifted.stdout.splitlines(), drifted.stdout
    against_file = answer(rowkeep("verify", "--expected", "structure.json", "--output-format", "json"), 1)["result"]
    assert {difference["kind"] for difference in against_file["differences"]} == {
        "column",
        "index",
        "trigger",
        "unenforced foreign key",
    }
    missing = rowkeep("verify", "--expected", "none.json")
    assert missing.returncode == 2 and "none.json" in missing.stderr
