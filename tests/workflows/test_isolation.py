"""A restored copy reaches nothing: not the servers that production reaches, not production, not this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rowkeep import backup as backups
from rowkeep import scratch
from rowkeep.config import Settings
from rowkeep.domain.deploy.backup import RestoredBackup
from rowkeep.domain.deploy.containment import Containment
from rowkeep.domain.deploy.deployment import Acceptance, Deployment
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.errors import Failed, Refused, Remains
from rowkeep.knowledge.program_locations import CLIENT, SERVER
from rowkeep.plan import outside
from rowkeep.programs import obtain_programs
from rowkeep.report.deployment import format_deployment, serialize_deployment
from rowkeep.rules import every
from rowkeep.workflows.deploy import DeployRequest, StopAfter, deploy
from rowkeep.workflows.rehearsal.rehearse import restore_scratch_copy

FAR = "CREATE TABLE stock (id int PRIMARY KEY, n int); INSERT INTO stock VALUES (1, 10)"

PRODUCTION = """
CREATE EXTENSION postgres_fdw; CREATE EXTENSION dblink; CREATE EXTENSION file_fdw;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '{host}', port '5432', dbname '{far}');
CREATE SERVER local FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname '{far}');
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE USER MAPPING FOR postgres SERVER far OPTIONS (user 'postgres', password 'geheim', password_required 'false');
CREATE FOREIGN TABLE stock (id int, n int) SERVER far;
CREATE FOREIGN TABLE listing (line text) SERVER files OPTIONS (program 'id');
CREATE TABLE orders (id int PRIMARY KEY);
INSERT INTO orders SELECT generate_series(1, 20);
CREATE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dblink_exec('host={host} port=5432 user=postgres dbname={far}', 'UPDATE stock SET n = n - 1');
    RETURN NULL;
END $$;
CREATE TRIGGER takes AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION take();
CREATE FUNCTION peek() RETURNS int LANGUAGE plpgsql AS $$
BEGIN UPDATE public.stock SET n = n - 1; RETURN 1; END $$;
CREATE MATERIALIZED VIEW stocks AS SELECT n FROM stock;
CREATE MATERIALIZED VIEW peeks AS SELECT public.peek() AS n WITH NO DATA;
CREATE SUBSCRIPTION feed CONNECTION 'host={host} dbname={far}' PUBLICATION p
    WITH (connect = false, slot_name = 'feed');
"""

STATEMENTS = {
    "UPDATE stock SET n = 0": outside.SERVER,
    "INSERT INTO orders VALUES (100)": outside.SERVER,
    "SELECT public.peek()": outside.SERVER,
    "SELECT dblink_connect('far')": outside.SERVER,
    "SELECT * FROM dblink('dbname={far} host={host}', 'DELETE FROM stock RETURNING n') AS t (n int)": outside.SERVER,
    "IMPORT FOREIGN SCHEMA public FROM SERVER far INTO public": outside.SERVER,
    "SELECT count(*) FROM listing": outside.SERVER,
    "REFRESH MATERIALIZED VIEW stocks": outside.SERVER,
    "SELECT count(*) FROM stocks": "a materialized view that reads another server",
    "DROP SUBSCRIPTION feed": outside.REPLICATION,
    "SELECT pg_create_logical_replication_slot('s', 'pgoutput')": outside.REPLICATION,
}
"""What the copy's own catalog prevents, on every system."""

CONTAINED = {
    "DROP EXTENSION dblink CASCADE; CREATE EXTENSION dblink;"
    " SELECT dblink_exec('host={host} user=postgres dbname={far}', 'DELETE FROM stock')": outside.SERVER,
    "CREATE FOREIGN DATA WRAPPER mine HANDLER postgres_fdw_handler; CREATE SERVER mine FOREIGN DATA WRAPPER mine"
    " OPTIONS (host '{host}', dbname '{far}'); CREATE USER MAPPING FOR postgres SERVER mine;"
    " CREATE FOREIGN TABLE mine (id int, n int) SERVER mine OPTIONS (table_name 'stock'); DELETE FROM mine": (
        outside.SERVER
    ),
    "COPY orders TO PROGRAM 'cat > {file}'": outside.PROGRAM,
    "COPY orders TO '{file}'": outside.FILE,
    "SELECT lo_from_bytea(4711, 'x'); SELECT lo_export(4711, '{file}')": outside.FILE,
    "DO $$ BEGIN EXECUTE 'COPY orders FROM ''{file}'''; END $$": outside.FILE,
}
"""What the operating system prevents besides, whatever SQL is written."""


class Shop:
    """Production, a second database that it reaches, and a project."""

    def __init__(self, conninfo: str, host: str, far: str, directory: Path) -> None:
        self.conninfo, self.host, self.far, self.directory = conninfo, host, far, directory
        self.migrations = directory / "migrations"
        self.migrations.mkdir()
        self.settings = Settings(migrations_dir=str(self.migrations), backups_dir=str(directory / "backups"))
        self.said: list[object] = []

    def migration(self, number: int, up: str) -> None:
        allow = f"-- rowkeep: allow-file {', '.join(rule.name for rule in every())} because a test\n"
        path = self.migrations / f"170000000000{number}_m{number}.sql"
        path.write_text(f"-- Up Migration\n{allow}{up}\n-- Down Migration\n", encoding="utf-8")

    def deploy(self, *unrehearsed: str, stop: StopAfter | None = None, conninfo: str = "") -> Deployment:
        acceptance = Acceptance(frozenset(), "a test" if unrehearsed else None, frozenset(unrehearsed))
        return deploy(
            self.settings,
            conninfo or self.conninfo,
            DeployRequest(acceptance=acceptance, stop=stop),
            lambda: RunMetadata("deploy", "tester", "here"),
            approve=lambda plan: None,
            emit=self.said.append,
        )

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]

    @property
    def stock(self) -> list[tuple[Any, ...]]:
        """What the other database holds."""
        with psycopg.connect(f"{self.conninfo} dbname={self.far}") as connection:
            return connection.execute("SELECT n FROM stock").fetchall()

    @contextmanager
    def copy(self, programs: Programs) -> Iterator[Any]:
        """Its backup, restored as for a rehearsal."""
        backup = backups.take_backup(self.conninfo, programs, self.settings.backups_dir, emit=self.said.append)
        with restore_scratch_copy(backup, programs, self.said.append) as restored:
            yield restored


@pytest.fixture
def shop(server: scratch.Server, database: str, tmp_path: Path) -> Iterator[Shop]:
    with psycopg.connect(database, autocommit=True) as connection:
        far = f"{connection.info.dbname}_far"
        connection.execute(f"CREATE DATABASE {far}")
        with psycopg.connect(database, dbname=far, autocommit=True) as other:
            other.execute(FAR)
        connection.execute(PRODUCTION.format(host=server.socket, far=far))
        connection.execute(f"CREATE ROLE app LOGIN; GRANT CREATE ON DATABASE {connection.info.dbname} TO app")
        connection.execute("GRANT CREATE ON SCHEMA public TO app; SET ROLE app; CREATE EXTENSION citext; RESET ROLE")
        yield Shop(database, server.socket, far, tmp_path)
        connection.execute("ALTER SUBSCRIPTION feed SET (slot_name = NONE)")
        connection.execute("DROP SUBSCRIPTION feed")


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_a_copy_reaches_nothing_whatever_a_superuser_runs_there(shop: Shop, server: scratch.Server) -> None:
    """Nor while it is restored: `stocks` is filled then."""
    programs = obtain_programs(server.major, (*CLIENT, *SERVER))
    with shop.copy(programs) as copy:
        assert copy.server.containment.whole
        conninfo = copy.server.conninfo(copy.restored.database)
        reaches_nothing(shop, copy.restored, conninfo, STATEMENTS | CONTAINED)
        with psycopg.connect(conninfo) as connection:
            hosts = connection.execute("SELECT srvoptions::text FROM pg_foreign_server WHERE srvname <> 'files'")
            assert all("host=/rowkeep/copy/leads/nowhere" in options for (options,) in hosts.fetchall())
            # What migrations do to these things without reaching anybody works as in production.
            connection.execute("ALTER USER MAPPING FOR postgres SERVER far OPTIONS (SET password 'neu')")
            connection.execute("ALTER SERVER far OPTIONS (SET dbname 'other')")
            connection.execute("ALTER FOREIGN TABLE stock ADD COLUMN place text")
        with psycopg.connect(conninfo, user="app") as connection:
            # An extension belongs to whom it belongs in production, though no dump says so.
            connection.execute("ALTER EXTENSION citext UPDATE; COMMENT ON EXTENSION citext IS 'ours'")
            connection.execute("DROP EXTENSION citext")
            connection.rollback()
        with psycopg.connect(conninfo) as connection:
            connection.execute("REASSIGN OWNED BY app TO postgres; DROP OWNED BY app")
            owner = connection.execute("SELECT extowner::regrole::text FROM pg_extension WHERE extname = 'citext'")
            assert owner.fetchone() == ("postgres",)
    assert shop.stock == [(10,)]


@pytest.mark.majors(18)
def test_triggers_that_call_out_neither_do_so_nor_lock_us_out(shop: Shop, server: scratch.Server) -> None:
    """At login and at DDL: while the copy is restored (views are filled last), compared and migrated."""
    there = f"host={shop.host} dbname={shop.far} user=postgres"
    call = f"PERFORM public.dblink_exec('{there}', 'UPDATE stock SET n = n - 1');"
    with psycopg.connect(shop.conninfo, autocommit=True) as connection:
        connection.execute(f"CREATE FUNCTION calls() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN {call} END $$")  # type: ignore[arg-type]
        connection.execute("CREATE EVENT TRIGGER at_ddl ON ddl_command_end EXECUTE FUNCTION calls()")
        connection.execute("CREATE EVENT TRIGGER at_login ON login EXECUTE FUNCTION calls()")
        connection.execute("SET event_triggers = off")
        connection.execute("UPDATE pg_event_trigger SET evtenabled = 'D' WHERE evtname = 'at_login'")
        backup = backups.take_backup(
            shop.conninfo, obtain_programs(18, (*CLIENT, *SERVER)), shop.settings.backups_dir, emit=shop.said.append
        )
        before = shop.stock
        # pg_dump carries the trigger at login as it is; the copy is told to have it on.
        connection.execute("ALTER EVENT TRIGGER at_login ENABLE")
        armed = backups.take_backup(
            f"{shop.conninfo} options='-c event_triggers=off'",
            obtain_programs(18, (*CLIENT, *SERVER)),
            shop.settings.backups_dir,
            emit=shop.said.append,
        )
        connection.execute("ALTER EVENT TRIGGER at_login DISABLE")
    before = shop.stock
    for one in (backup, armed):
        with restore_scratch_copy(one, obtain_programs(18, (*CLIENT, *SERVER)), shop.said.append) as copy:
            conninfo = copy.server.conninfo(copy.restored.database)
            assert needed(conninfo, "CREATE TABLE made (id int)") == outside.SERVER
            told = any("event triggers at login are off" in remark for remark in copy.restored.remarks)
            assert told is (one is armed)
    assert shop.stock == before
    with psycopg.connect(shop.conninfo, autocommit=True) as connection:
        connection.execute("DROP EVENT TRIGGER at_ddl; DROP EVENT TRIGGER at_login")


@pytest.mark.majors(14, 18)
def test_the_catalog_alone_cuts_a_copy_off(
    shop: Shop, server: scratch.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For systems that cannot close the ways: what production has made reaches nothing."""
    start = scratch.start_server
    monkeypatch.setattr(scratch, "start_server", lambda *args, **named: start(*args, **named, cut_off=False))
    with shop.copy(obtain_programs(server.major, (*CLIENT, *SERVER))) as copy:
        assert copy.server.containment == Containment()
        reaches_nothing(shop, copy.restored, copy.server.conninfo(copy.restored.database), STATEMENTS)
    assert shop.stock == [(10,)]


def reaches_nothing(shop: Shop, restored: RestoredBackup, conninfo: str, statements: Mapping[str, str]) -> None:
    """Every statement fails for want of what it needs, and no password is left."""
    assert any("materialized view stocks is empty" in remark for remark in restored.remarks)
    file = Path("/tmp") / f"rowkeep-outside-{shop.far}"
    for statement, need in statements.items():
        text = statement.format(host=shop.host, far=shop.far, file=file)
        assert needed(conninfo, text) == need, text
    assert not file.exists()
    with psycopg.connect(conninfo) as connection:
        secrets = connection.execute("SELECT 1 FROM pg_user_mappings WHERE umoptions::text LIKE '%geheim%'")
        assert secrets.fetchall() == []


def needed(conninfo: str, statement: str) -> str | None:
    """What the copy lacks for `statement`; it must fail."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        try:
            connection.execute(statement)  # type: ignore[arg-type]
        except psycopg.Error as error:
            return outside.outside_need_of_error(
                Failed("it failed", code=ErrorCode.MIGRATION_FAILED, why=str(error), sqlstate=error.sqlstate)
            )
    return "nothing"


@pytest.mark.majors(14, 18)
def test_what_cannot_be_rehearsed_needs_a_named_consent(shop: Shop) -> None:
    shop.migration(1, "CREATE TABLE notes (id int PRIMARY KEY);")
    shop.migration(2, "UPDATE stock SET n = n - 3;")
    shop.migration(3, "CREATE TABLE more (id int PRIMARY KEY);")
    second, third = "1700000000002_m2", "1700000000003_m3"

    shop.deploy(stop=StopAfter.PLAN)
    with pytest.raises(Refused, match=f"not rehearsed: {second} needs a connection to another server") as caught:
        shop.deploy()
    assert any(f"--accept-unrehearsed {second} --accept-unrehearsed {third}" in each for each in caught.value.instead)
    assert caught.value.remains is Remains.UNCHANGED
    with pytest.raises(Refused, match=f"not rehearsed: {third} needs what {second} does"):
        shop.deploy(second, stop=StopAfter.REHEARSAL)
    assert (shop.stock, shop.ask("SELECT to_regclass('notes')")) == ([(10,)], [(None,)])

    done = shop.deploy(second, third)
    assert done.rehearsal is not None
    assert [(one.name, one.needs) for one in done.rehearsal.unrehearsed] == [
        (second, outside.SERVER),
        (third, f"what {second} does"),
    ]
    assert (shop.stock, shop.ask("SELECT name FROM pgmigrations ORDER BY id")) == (
        [(7,)],
        [("1700000000001_m1",), (second,), (third,)],
    )
    text, data = format_deployment(done), json.loads(json.dumps(serialize_deployment(done), default=str))
    assert f"NOT REHEARSED  {second}: needs a connection to another server" in text
    assert "the structure was NOT compared" in text
    assert [one["name"] for one in data["rehearsal"]["unrehearsed"]] == [second, third]
    details: Mapping[str, Any] = shop.ask("SELECT details FROM rowkeep.run ORDER BY began_at DESC LIMIT 1")[0][0]
    assert [one["name"] for one in details["unrehearsed"]] == [second, third]
    assert details["because"] == "a test"


@pytest.mark.majors(18)
def test_what_the_text_says_is_refused_before_a_backup_is_taken(shop: Shop) -> None:
    name = "1700000000001_m1"
    shop.migration(1, "COPY orders TO PROGRAM 'true';")
    with pytest.raises(Refused, match=f"not rehearsed: {name} needs {outside.PROGRAM}"):
        shop.deploy(stop=StopAfter.REHEARSAL)
    assert backups.list_backups(shop.settings.backups_dir).backups == ()
    done = shop.deploy(name, stop=StopAfter.REHEARSAL)
    assert done.rehearsal is not None
    assert [one.needs for one in done.rehearsal.unrehearsed] == [outside.PROGRAM]
    assert "Production was not touched" in format_deployment(done)
    # A consent lets no other failure pass.
    shop.migration(1, "ALTER TABLE nowhere ADD COLUMN more int;")
    with pytest.raises(Failed) as caught:
        shop.deploy(name)
    assert (caught.value.sqlstate, caught.value.remains) == ("42P01", Remains.UNCHANGED)
