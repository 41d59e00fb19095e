"""A lock table that is too small for a database's tables: what can do without locks works, what cannot says why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from tests.patience import PATIENCE_S

from rowkeep import backup as backups
from rowkeep import scratch
from rowkeep.backup import row_counter
from rowkeep.database.catalog import dump_snapshot, fingerprint, health, row_counts
from rowkeep.database.catalog.dump_snapshot import DumpTable
from rowkeep.database.connection.session import connect
from rowkeep.domain.deploy.backup import Backup, TableCount
from rowkeep.errors import BackupFailed, Remains

TABLES = 1000
MAKE = """
CREATE PROCEDURE make(tables int) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1 .. tables LOOP
        EXECUTE format('CREATE TABLE t%s (id serial PRIMARY KEY); INSERT INTO t%s DEFAULT VALUES', n, n);
        IF n % 20 = 0 THEN COMMIT; END IF;
    END LOOP;
END $$;
"""


@pytest.mark.majors(14, 18)
def test_a_small_lock_table(server: scratch.Server, tmp_path: Path) -> None:
    small = {"max_locks_per_transaction": "10", "max_connections": "10", "max_worker_processes": "0"}
    with scratch.start_server(server.programs, settings=small) as own:
        with psycopg.connect(own.conninfo(), autocommit=True) as connection:
            connection.execute(MAKE)
            connection.execute("CALL make(%s)", [TABLES])
            with pytest.raises(psycopg.errors.OutOfMemory):
                connection.execute("SELECT max(last_value) FROM pg_sequences")
        with connect(own.conninfo()) as session:
            assert len(row_counts.read_sequences(session)) == TABLES
            assert {value.last for value in row_counts.read_sequences(session)} == {1}
            assert health.find_health_concerns(session) == ()
            assert len(fingerprint.read_structure(session).items) > TABLES
        with pytest.raises(BackupFailed, match="lock table is too small") as caught:
            backups.take_backup(own.conninfo(), own.programs, str(tmp_path), emit=lambda event: None)
        assert caught.value.remains is Remains.UNCHANGED
        assert any("max_locks_per_transaction" in step for step in caught.value.instead)
        assert len(caught.value.why or "") < 2000


@pytest.mark.majors(14, 18)
def test_counting_without_locks_of_its_own(server: scratch.Server, database: str) -> None:
    """As where there is no room for them: another session, in the same snapshot, a batch at a time."""
    with connect(database) as session, session.another() as other, connect(database) as writer:
        for name in "abc":
            writer.connection.execute(f"CREATE TABLE public.{name} AS SELECT generate_series(1, 3) AS n")  # type: ignore[arg-type]
        with dump_snapshot.hold_snapshot(session, lock_slots=0) as held:
            assert not held.locked
            writer.connection.execute("INSERT INTO public.a SELECT 1; DELETE FROM public.b")
            for hashes in (False, True):
                counted = row_counter.RowCounter(other, held, hashes=hashes)
                counted.start_once()
                assert counted.wait(within=PATIENCE_S)
                assert [one.rows for one in counted.counted] == [3, 3, 3]
                assert all((one.hashes is not None) == hashes for one in counted.counted)


def test_batches_are_neither_long_nor_large() -> None:
    tables = [DumpTable(number, "s", f"t{number}", 10) for number in range(450)]
    tables[100] = replace(tables[100], bytes=10**9)
    sizes = [len(batch) for batch in row_counter.count_in_batches(tuple(tables))]
    assert (sizes, sum(sizes)) == ([100, 1, 100, 100, 100, 49], 450)
    assert list(row_counter.count_in_batches(())) == []


def test_a_throw_away_server_has_room_for_what_it_holds() -> None:
    small = Backup(*("id", "path", "db", "18.1", "18.1", "now"), 1.0, 1, "sum", counts=(TableCount("public", "t", 1),))
    large = replace(small, counts=tuple(TableCount("public", f"t{n}", 1) for n in range(20_000)))
    assert backups.lock_settings(small) == {"max_locks_per_transaction": "257"}
    assert int(backups.lock_settings(large)["max_locks_per_transaction"]) * 100 >= 8 * 20_000
