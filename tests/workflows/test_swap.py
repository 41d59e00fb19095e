"""`restore --swap`: the restored database takes the place of the live one, and nothing is lost on the way or by it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from tests.patience import PATIENCE_S
from tests.support.forked_command import start_command
from tests.support.project import Project, make_project
from tests.support.waiting import wait_until

from rowkeep.domain.deploy import swap as domain
from rowkeep.errors import Misused, Refused, RightMissing
from rowkeep.scratch import Server
from rowkeep.workflows.confirmation import Consent
from rowkeep.workflows.recovery import swap_in as swaps

pytestmark = [pytest.mark.server, pytest.mark.majors(14, 18)]
AGREED = Consent(lambda database, danger: None)


def databases(server: Server) -> set[str]:
    with psycopg.connect(server.conninfo()) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}


@pytest.fixture
def shop(server: Server, database: str, tmp_path: Path) -> Iterator[Project]:
    """A project whose database holds one row. Databases that a test leaves are dropped."""
    project = make_project(tmp_path, database)
    before = databases(server)
    project.sql("CREATE TABLE orders (id integer PRIMARY KEY)")
    project.sql("INSERT INTO orders VALUES (1)")
    project.sql(f"COMMENT ON DATABASE {project.name} IS 'the shop'")
    yield project
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        for name in databases(server) - before:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        # The fixture `database` drops its own by name.
        if project.name not in databases(server):
            connection.execute(f"CREATE DATABASE {project.name}")


def copy(server: Server, name: str, rows: int) -> None:
    """A database as a restore leaves it, with `rows` orders."""
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with psycopg.connect(server.conninfo(name), autocommit=True) as connection:
        connection.execute("CREATE TABLE orders (id integer PRIMARY KEY)")
        connection.execute("INSERT INTO orders SELECT generate_series(101, 100 + %s)", (rows,))


def comment_of(server: Server, name: str) -> str | None:
    with psycopg.connect(server.conninfo()) as connection:
        row = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", (name,)
        ).fetchone()
    assert row is not None
    return row[0]  # type: ignore[no-any-return]


def test_a_backup_takes_the_place_of_the_live_database_and_back(server: Server, shop: Project) -> None:
    assert shop.rowkeep("backup").returncode == 0
    shop.sql("INSERT INTO orders VALUES (2)")
    with psycopg.connect(shop.conninfo) as pooled:  # as a connection pool holds it
        pooled.execute("SELECT 1")
        pooled.commit()
        refused = shop.rowkeep("restore", "latest", "--swap")
        assert refused.returncode == 1 and "would take its place" in refused.stderr
        assert "--confirm" in refused.stderr and shop.sql("SELECT id FROM orders ORDER BY 1") == [1, 2]
        answer = shop.rowkeep("restore", "latest", "--swap", "--confirm", shop.name)
        assert answer.returncode == 0, answer.stderr
        with pytest.raises(psycopg.OperationalError):
            pooled.execute("SELECT 1")
    assert shop.sql("SELECT id FROM orders ORDER BY 1") == [1]
    assert comment_of(server, shop.name) == "the shop"
    (kept,) = (name for name in databases(server) if name.startswith(f"{shop.name}_before_"))
    assert kept in answer.stdout and "1 session ended" in answer.stdout
    assert (comment_of(server, kept) or "").splitlines()[1] == "the shop"
    with psycopg.connect(server.conninfo(kept)) as connection:
        assert connection.execute("SELECT id FROM orders ORDER BY 1").fetchall() == [(1,), (2,)]
    shop.sql("INSERT INTO orders VALUES (3)")
    back = shop.rowkeep("restore", "--swap-back", "--confirm", shop.name)
    assert back.returncode == 0, back.stderr
    assert shop.sql("SELECT id FROM orders ORDER BY 1") == [1, 2]
    assert comment_of(server, shop.name) == "the shop"


def test_an_application_that_connects_again_at_once_does_not_get_in_between(server: Server, shop: Project) -> None:
    copy(server, f"{shop.name}_new", 5)
    stop, counts, refused = threading.Event(), [], []

    def serve() -> None:
        while not stop.is_set():
            try:
                with psycopg.connect(shop.conninfo, autocommit=True) as connection:
                    for _ in range(20):
                        row = connection.execute("SELECT count(*) FROM orders").fetchone()
                        counts.append(row[0] if row else None)
            except psycopg.OperationalError as error:
                refused.append(str(error))

    threads = [threading.Thread(target=serve, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: len(counts) > 50)
        result = swaps.swap_in(shop.settings, shop.conninfo, f"{shop.name}_new", shop.events.append, AGREED)
        after = len(counts)
        wait_until(lambda: len(counts) > after + 200)
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE_S)
    assert set(counts) == {1, 5} and counts[-1] == 5
    assert result.kept in databases(server)


def test_sessions_at_work_are_waited_for_and_ended_only_if_wanted(server: Server, shop: Project) -> None:
    copy(server, f"{shop.name}_new", 5)
    with psycopg.connect(shop.conninfo) as working:
        working.execute("INSERT INTO orders VALUES (7)")
        words = ("restore", "--into", f"{shop.name}_new", "--swap", "--confirm", shop.name, "--drain", "1s")
        answer = shop.rowkeep(*words)
        assert answer.returncode == 4, answer.stderr
        assert "1 session still at work" in answer.stderr and "--end-sessions" in answer.stderr
        assert "nothing was changed" in answer.stderr
        assert f"{shop.name}_new" in databases(server)
        working.commit()
        working.execute("INSERT INTO orders VALUES (8)")
        answer = shop.rowkeep(*words, "--end-sessions")
        assert answer.returncode == 0, answer.stderr
        with pytest.raises(psycopg.errors.AdminShutdown):
            working.commit()
    assert shop.sql("SELECT count(*) FROM orders") == [5]
    back = shop.rowkeep("restore", "--swap-back", "--confirm", shop.name)
    assert back.returncode == 0, back.stderr
    assert shop.sql("SELECT id FROM orders ORDER BY 1") == [1, 7]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_killed_while_it_waits_nothing_has_changed(server: Server, shop: Project, number: signal.Signals) -> None:
    copy(server, f"{shop.name}_new", 5)
    renaming = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'ALTER DATABASE%RENAME%' AND state = 'active'"
    with psycopg.connect(shop.conninfo) as working, psycopg.connect(server.conninfo(), autocommit=True) as look:
        working.execute("INSERT INTO orders VALUES (7)")
        running = start_command(
            "restore", "--into", f"{shop.name}_new", "--swap", "--confirm", shop.name, "--drain", "600s",
            env={"DATABASE_URL": shop.conninfo, "PATH": "/usr/bin:/bin", "HOME": str(shop.root)},
            cwd=shop.root,
        )  # fmt: skip
        wait_until(lambda: look.execute(renaming).fetchone() == (1,))
        running.send_signal(number)
        running.communicate(timeout=PATIENCE_S)
        assert running.returncode == (-9 if number is signal.SIGKILL else 128 + number)
        wait_until(lambda: look.execute(renaming).fetchone() == (0,))
        with psycopg.connect(shop.conninfo) as other:
            assert other.execute("SELECT count(*) FROM orders").fetchone() == (1,)
        working.commit()
    assert f"{shop.name}_new" in databases(server)
    assert not [name for name in databases(server) if name.startswith(f"{shop.name}_before_")]


def test_names_of_any_kind(server: Server, shop: Project) -> None:
    odd = 'we"ird \n' + "é" * 22
    copy(server, odd, 3)
    conninfo = server.conninfo(odd)
    project = replace(shop, conninfo=conninfo)
    copy(server, "in'coming\\", 4)
    swapped = swaps.swap_in(shop.settings, conninfo, "in'coming\\", shop.events.append, AGREED)
    assert len(swapped.kept.encode()) <= domain.LONGEST
    assert project.sql("SELECT count(*) FROM orders") == [4]
    assert swaps.swap_back(shop.settings, conninfo, shop.events.append, AGREED).incoming == swapped.kept
    assert project.sql("SELECT count(*) FROM orders") == [3]


def test_what_is_refused(server: Server, shop: Project) -> None:
    def swap(incoming: str, conninfo: str = shop.conninfo) -> None:
        swaps.swap_in(shop.settings, conninfo, incoming, shop.events.append, AGREED)

    new = f"{shop.name}_new"
    copy(server, new, 5)
    with pytest.raises(Misused, match="no database absent"):
        swap("absent")
    with pytest.raises(Misused, match="its own place"):
        swap(shop.name)
    with pytest.raises(Misused, match="template or maintenance"):
        swap("template1")
    with pytest.raises(Misused, match="no database was replaced"):
        swaps.swap_back(shop.settings, shop.conninfo, shop.events.append, AGREED)
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        with suppress(psycopg.errors.DuplicateObject):
            connection.execute("CREATE ROLE swap_stranger LOGIN CREATEDB")
        with pytest.raises(RightMissing, match="only a member of"):
            swap(new, psycopg.conninfo.make_conninfo(shop.conninfo, user="swap_stranger"))
        # A database of somebody else with the right comment is not taken for the one that was replaced.
        planted = f"{domain.name_prefix(shop.name)}20990101_000000"
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER swap_stranger").format(sql.Identifier(planted)))
        mark = sql.Literal(domain.kept_comment(shop.name, "2099-01-01 00:00:00", None))
        connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(planted), mark))
        with pytest.raises(Misused, match="no database was replaced"):
            swaps.swap_back(shop.settings, shop.conninfo, shop.events.append, AGREED)
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(planted)))
        connection.execute("DROP ROLE swap_stranger")
        differing = "rowkeep: NOT a proven copy of x. It differs from the counts of the backup:"
        connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(new), sql.Literal(differing)))
        with pytest.raises(Refused, match="not a proven copy"):
            swap(new)
    assert shop.rowkeep("restore").returncode == 2
    assert shop.rowkeep("restore", "--swap-back", "--swap").returncode == 2
    assert shop.rowkeep("restore", "latest").returncode == 2
    assert shop.sql("SELECT count(*) FROM orders") == [1]
