"""Backups of real servers: complete, private, consistent; and what is left when one fails: nothing."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from tests.patience import PATIENCE_S

from rowkeep import backup as backups
from rowkeep import structure
from rowkeep.database.catalog import dump_snapshot, fingerprint
from rowkeep.database.connection.session import connect
from rowkeep.domain.deploy.program import Version
from rowkeep.domain.event import Event, Noted, StageProgress
from rowkeep.errors import BackupFailed, ProgramMissing
from rowkeep.scratch import Server

from .conftest import beside, catch, children

EVERY_MAJOR = pytest.mark.majors(14, 15, 16, 17, 18)
pytestmark = pytest.mark.server


def left(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if path.name != ".gitignore")


@EVERY_MAJOR
def test_taken_and_proven_to_the_last_value(server: Server, shop: str, tmp_path: Path, heard: list[Event]) -> None:
    backup = backups.take_backup(shop, server.programs, str(tmp_path / "b"), emit=heard.append, hashes=True)
    assert backup.major == server.major == server.programs.version.major
    assert backup.rows == 552 and len(backup.counts) == 8 and backup.large_objects == 3
    assert [value.last for value in backup.sequences] == [1045, 200, 50]
    assert [extension.name for extension in backup.extensions] == ["hstore", "pg_trgm"]
    assert {role.name for role in backup.roles if role.needed} == {"postgres", "shop_owner", "shop_rw", "shop_reader"}
    assert Path(backup.path).stat().st_size == backup.bytes
    for path in (backup.path, backup.manifest_path, backup.structure_path, backup.roles_path):
        assert Path(path).stat().st_mode & 0o777 == 0o600
    assert "CREATE ROLE shop_rw" in Path(backup.roles_path).read_text()
    header = Path(backup.path).read_bytes()[:7]
    assert header[:5] == b"PGDMP" and header[5:7] == bytes(
        {14: (1, 14), 15: (1, 14), 16: (1, 15), 17: (1, 16), 18: (1, 16)}[server.major]
    )
    assert backups.read_manifest(backup.manifest_path) == backup
    assert backups.list_backups(str(tmp_path / "b")).backups == (backup,)

    proven, restored = backups.prove_backup(backup, server.programs, emit=heard.append)
    assert (proven.verified, restored.how, restored.remarks) == ("hashes", "hashes", ())
    assert backups.read_manifest(backup.manifest_path) == proven
    assert restored.structure_compared
    with connect(shop) as session:
        original = fingerprint.read_structure(session)
    assert (
        structure.compare_structures(structure.dumpable_part(original), structure.dumpable_part(restored.structure))
        == ()
    )
    assert any(isinstance(event, StageProgress) for event in heard)


def test_one_snapshot_while_others_write(server: Server, database: str, tmp_path: Path, heard: list[Event]) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE account (id integer PRIMARY KEY, balance integer NOT NULL)")
        connection.execute("CREATE TABLE moved (id bigint GENERATED ALWAYS AS IDENTITY, amount integer)")
        connection.execute("INSERT INTO account SELECT n, 100 FROM generate_series(1, 20000) n")
    stop = threading.Event()

    def write() -> None:
        with psycopg.connect(database) as connection:
            number = 0
            while not stop.is_set():
                number += 1
                one, other = number * 7 % 20000 + 1, number * 13 % 20000 + 1
                connection.execute("UPDATE account SET balance = balance - 1 WHERE id = %s", [one])
                connection.execute("INSERT INTO moved (amount) VALUES (1)")
                connection.execute("UPDATE account SET balance = balance + 1 WHERE id = %s", [other])
                connection.commit()

    with psycopg.connect(database, autocommit=True) as connection, beside(write):
        try:
            before = wait_for_rows(connection, 50)
            backup = backups.take_backup(database, server.programs, str(tmp_path), emit=heard.append, hashes=True)
            after = wait_for_rows(connection, before + 1)
        finally:
            stop.set()
    [moved] = [count.rows for count in backup.counts if count.table == "moved"]
    assert before <= moved <= after and before < after
    # Every count and every value of the snapshot comes back; half of a transfer would show in the sum.
    with connect(server.conninfo()) as session:
        session.connection.execute("CREATE DATABASE copy TEMPLATE template0")
    restored = backups.restore(backup, server.programs, server.conninfo("copy"), emit=heard.append)
    assert restored.how == "hashes"
    with psycopg.connect(server.conninfo("copy")) as connection:
        assert connection.execute("SELECT sum(balance), (SELECT count(*) FROM moved) FROM account").fetchone() == (
            2_000_000,
            moved,
        )


def wait_for_rows(connection: psycopg.Connection[tuple[int]], least: int) -> int:
    while True:
        row = connection.execute("SELECT count(*) FROM moved").fetchone()
        assert row is not None
        if row[0] >= least:
            return int(row[0])


def test_nobody_can_empty_a_table_between_snapshot_and_dump(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as other, connect(database) as session:
        other.execute("CREATE TABLE t AS SELECT 1 AS a")
        dump_snapshot.prepare_session(session, lock_timeout=5)
        with dump_snapshot.hold_snapshot(session, lock_slots=6400) as held:
            assert held.locked and [table.name for table in held.tables] == ["t"]
            other.execute("SET lock_timeout = '50ms'")
            for statement in ("TRUNCATE t", "DROP TABLE t", "ALTER TABLE t ADD COLUMN b integer"):
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    other.execute(statement.encode())
            other.execute("INSERT INTO t VALUES (2)")
        other.execute("TRUNCATE t")
        # Where the lock table is small, pg_dump alone locks.
        with dump_snapshot.hold_snapshot(session, lock_slots=2) as held:
            assert not held.locked and held.id


def test_a_pg_dump_that_is_too_old_is_not_even_started(server: Server, database: str, tmp_path: Path) -> None:
    older = replace(server.programs, version=Version(server.major - 1, 9), directory="/nowhere")
    with pytest.raises(ProgramMissing) as caught:
        backups.take_backup(database, older, str(tmp_path), emit=print)
    assert caught.value.what.startswith(
        f"pg_dump {server.major - 1}.9 cannot dump a server of version {server.major}."
    )
    assert caught.value.instead[0] == f"rowkeep tools install {server.major}"
    assert left(tmp_path) == []


def test_a_locked_table_is_named_with_its_holder(server: Server, shop: str, tmp_path: Path) -> None:
    with psycopg.connect(shop, application_name="hoarder") as other:
        other.execute("LOCK TABLE app.orders IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(BackupFailed) as caught:
            backups.take_backup(shop, server.programs, str(tmp_path), emit=print, lock_timeout=0.2)
        pid = other.info.backend_pid
    assert "could not acquire a read lock" in caught.value.what
    assert re.search(
        rf"app\.orders is locked by pid {pid} \(app=hoarder, .*idle in transaction", caught.value.why or ""
    )
    assert left(tmp_path) == []


def terminate(server: Server, application: str, query: str) -> None:
    """End the session of `application` as soon as it is at such a query."""
    until = time.monotonic() + PATIENCE_S
    with psycopg.connect(server.conninfo(), autocommit=True) as other:
        while (
            time.monotonic() < until
            and not other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = %s AND query LIKE %s AND state = 'active'",
                [application, query],
            ).fetchall()
        ):
            pass


def test_a_connection_that_breaks_in_the_middle(server: Server, bulky: str, tmp_path: Path) -> None:
    with beside(lambda: terminate(server, "pg_dump", "COPY %")), pytest.raises(BackupFailed) as caught:
        backups.take_backup(bulky, server.programs, str(tmp_path), emit=print)
    assert "the connection was lost" in caught.value.what and "terminat" in (caught.value.why or "")
    assert left(tmp_path) == []


def test_our_own_counting_that_breaks_ends_pg_dump_too(server: Server, database: str, tmp_path: Path) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE many AS SELECT n FROM generate_series(1, 1000000) n")
    at_work = "SELECT pg_catalog.count(*)%hashtextextended%"
    with beside(lambda: terminate(server, "rowkeep backup", at_work)), pytest.raises(BackupFailed) as caught:
        backups.take_backup(database, server.programs, str(tmp_path), emit=print, hashes=True)
    assert "the connection was lost" in caught.value.what
    assert children("pg_dump") == [] and left(tmp_path) == []


@pytest.mark.majors(18)
def test_a_password_stays_out_of_the_process_list(server: Server, bulky: str, tmp_path: Path) -> None:
    seen: list[tuple[bytes, bytes]] = []

    def look() -> None:
        pid = catch("pg_dump")
        seen.append((Path(f"/proc/{pid}/cmdline").read_bytes(), Path(f"/proc/{pid}/environ").read_bytes()))
        os.kill(pid, signal.SIGCONT)

    with beside(look):
        backup = backups.take_backup(f"{bulky} password=sekret", server.programs, str(tmp_path), emit=print)
    [(arguments, environment)] = seen
    assert b"sekret" not in arguments and b"PGPASSWORD=sekret" in environment
    assert all(b"sekret" not in path.read_bytes() for path in tmp_path.iterdir() if path.suffix != ".dump")
    assert "sekret" not in repr(backup)


def test_a_role_that_may_not_read_everything_is_told_what_mends_it(
    server: Server, shop: str, tmp_path: Path, heard: list[Event]
) -> None:
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute("CREATE ROLE saver LOGIN")
        mine = f"{shop} user=saver"
        with pytest.raises(BackupFailed) as caught:
            backups.take_backup(mine, server.programs, str(tmp_path), emit=heard.append)
        assert caught.value.what == "the role saver may not read everything that must be in the backup"
        assert "no right to read 9 tables" in (caught.value.why or "")
        assert caught.value.instead[0] == "GRANT pg_read_all_data TO saver;"

        connection.execute("GRANT pg_read_all_data TO saver")
        with pytest.raises(BackupFailed) as caught:
            backups.take_backup(mine, server.programs, str(tmp_path), emit=heard.append)
        assert "row security hides rows of 1 table from it: app.orders" in (caught.value.why or "")
        assert "no right to read 3 large objects" in (caught.value.why or "")
        assert caught.value.instead[0] == "ALTER ROLE saver BYPASSRLS;"
        assert left(tmp_path) == []

        connection.execute("ALTER ROLE saver BYPASSRLS")
        for (number,) in connection.execute("SELECT oid FROM pg_largeobject_metadata").fetchall():
            connection.execute(f"GRANT SELECT ON LARGE OBJECT {number} TO saver")
        connection.execute("ALTER ROLE saver SET default_transaction_read_only = on")
        connection.execute("ALTER ROLE saver SET statement_timeout = '5ms'")
    backup = backups.take_backup(mine, server.programs, str(tmp_path), emit=heard.append)
    assert backup.rows == 552 and backup.user == "saver"
    backups.prove_backup(backup, server.programs, emit=heard.append)


def test_an_odd_database_name_and_a_second_backup(server: Server, tmp_path: Path, heard: list[Event]) -> None:
    name = "Odd 'Na\\me"
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute("""CREATE DATABASE "Odd 'Na\\me" TEMPLATE template0""")
    first = backups.take_backup(server.conninfo(name), server.programs, str(tmp_path), emit=heard.append)
    again = backups.take_backup(server.conninfo(name), server.programs, str(tmp_path), emit=heard.append)
    assert first.database == name and first.id.startswith("Odd_Na_me-") and first.path != again.path
    proven, _ = backups.prove_backup(first, server.programs, emit=heard.append)
    assert proven.verified == "counts" and proven.rows == 0


@pytest.mark.majors(15)
def test_what_a_killed_run_left_is_removed_by_the_next(server: Server, database: str, tmp_path: Path) -> None:
    (tmp_path / "shop-1.dump.partial").write_bytes(b"half")
    (tmp_path / "shop-1.dump.roles.sql").write_bytes(b"")
    heard: list[Event] = []
    backup = backups.take_backup(database, server.programs, str(tmp_path), emit=heard.append)
    assert all(name.startswith(backup.id) for name in left(tmp_path))
    assert any(isinstance(event, Noted) and "shop-1.dump.partial" in event.message for event in heard)
