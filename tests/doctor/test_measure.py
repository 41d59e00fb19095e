"""What the doctor measures on real servers, and on this machine."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from tests.patience import PATIENCE_S

from rowkeep import doctor, programs, scratch
from rowkeep.config import Settings
from rowkeep.database.catalog import doctor as asked
from rowkeep.database.catalog.state import read_state
from rowkeep.database.connection.session import connect
from rowkeep.database.queries import read_queries
from rowkeep.domain.doctor_facts import DoctorFacts
from rowkeep.domain.health_check import CheckResult
from rowkeep.errors import Unreachable
from rowkeep.files.project import machine
from rowkeep.knowledge.program_locations import CLIENT, SERVER

OK, WARN, FAIL = CheckResult.OK, CheckResult.WARN, CheckResult.FAIL
REPLICATING = {"wal_level": "logical", "max_wal_senders": "4", "max_prepared_transactions": "2"}


def measured(conninfo):
    with connect(conninfo) as session:
        return asked.measure_database(session, "public", lambda there: read_state(there, Settings()))


def checks(database, there=None):
    facts = DoctorFacts(machine.measure_machine(Settings(), there), database=database, client=there, host=there)
    return {check.name: check for _, check in doctor.examine(facts)}


def run(conninfo, *statements):
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_every_question_is_answered(database, server):
    found = measured(database)
    assert found.unanswered == ()
    assert found.server.major == server.major
    assert found.server.encoding == "UTF8" and found.server.relations > 0 and found.server.bytes > 10**6
    assert abs(found.connection.skew) <= found.connection.seconds + 0.01, "one clock, so no more than the round trip"
    assert found.connection.login_pid == found.connection.pids[0]
    assert (found.collation_now is None) == (found.may_set is None) == (server.major == 14)
    told = checks(found, server.programs)
    assert {name: check for name, check in told.items() if check.health is FAIL} == {}


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_every_query_of_doctor_and_roles_can_be_prepared(server, database):
    queries = {
        f"{file}.{name}": text.decode() for file in ("doctor", "roles") for name, text in read_queries(file).items()
    }
    assert len(queries) > 25
    with psycopg.connect(database) as connection:
        for number, (name, text) in enumerate(queries.items()):
            assert text.startswith("-- ") and text.splitlines()[0].endswith("."), name
            if "_from15" in name and server.major < 15:
                continue
            for word in ("bot", "reach", "concerned", "rights", "schema", "name", "age", "table"):
                text = text.replace(f"%({word})s", "NULL")
            connection.execute(f"PREPARE q{number} AS {text.replace('%%', '%')}".encode())


def test_a_role_with_few_rights(database):
    run(
        database,
        "CREATE ROLE little LOGIN",
        "CREATE TABLE public.t (id serial)",
        "CREATE TABLE public.secured ()",
        "ALTER TABLE public.secured ENABLE ROW LEVEL SECURITY",
        "GRANT SELECT ON public.secured TO little",
    )
    told = checks(measured(database + " user=little"))
    assert told["create"].health is FAIL
    assert told["ownership"].health is WARN and "public.t" in told["ownership"].measured
    assert told["ledger"].health is WARN
    assert told["backup-rights"].health is FAIL and "public.secured" in told["backup-rights"].measured
    assert told["who-blocks"].health is WARN
    run(database, "ALTER TABLE public.secured DISABLE ROW LEVEL SECURITY", "GRANT pg_read_all_data TO little")
    assert checks(measured(database + " user=little"))["backup-rights"].health is OK
    run(database, "SELECT lo_create(77)")
    assert checks(measured(database + " user=little"))["backup-rights"].health is FAIL


def test_what_pg_dump_says_agrees(database, server, tmp_path):
    """The doctor's word on backup rights against the program's own."""
    run(database, "CREATE ROLE little LOGIN", "CREATE TABLE public.t (id serial)")
    for grant, health in (
        ("SELECT 1", FAIL),
        ("GRANT SELECT ON public.t TO little", FAIL),
        ("GRANT SELECT ON SEQUENCE public.t_id_seq TO little", OK),
    ):
        run(database, grant)
        dumped = subprocess.run(
            [server.programs.path("pg_dump"), "-Fc", "-f", str(tmp_path / "x"), "-d", database + " user=little"],
            capture_output=True,
            check=False,
            timeout=PATIENCE_S,
        )
        told = checks(measured(database + " user=little"))["backup-rights"]
        assert told.health is health and (dumped.returncode == 0) == (health is OK), (grant, dumped.stderr, told)


def test_settings_of_roles_and_tables_in_trouble(database, server, monkeypatch):
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    run(
        database,
        "CREATE ROLE far LOGIN",
        "ALTER ROLE far SET TimeZone = 'Asia/Tokyo'",
        "ALTER ROLE far SET statement_timeout = '2min'",
        f'ALTER DATABASE "{name}" SET default_transaction_read_only = on',
    )
    told = checks(measured(database + " user=far"))
    assert told["time-zone"].health is WARN and "Asia/Tokyo" in told["time-zone"].measured
    assert told["default-transaction-read-only"].health is WARN
    assert "2min for role far" in told["statement-timeout"].measured
    run(server.conninfo(), f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    run(
        database,
        "CREATE TABLE public.dirty (id int) WITH (autovacuum_enabled = off)",
        "INSERT INTO public.dirty VALUES (1), (1)",
        "CREATE UNLOGGED TABLE public.loose ()",
    )
    with pytest.raises(psycopg.errors.UniqueViolation):
        run(database, "CREATE UNIQUE INDEX CONCURRENTLY broken ON public.dirty (id)")
    monkeypatch.setattr(asked, "LONG", 0.0)
    with psycopg.connect(database) as busy:
        busy.execute("SELECT 1")
        told = checks(measured(database))
    assert told["autovacuum-off"].measured == "public.dirty" and told["invalid-index"].measured == "public.broken"
    assert told["unlogged"].measured == "public.loose"
    assert told["long-transactions"].health is WARN and "idle in transaction" in told["long-transactions"].measured


def test_summer_time_is_asked_of_the_server(database):
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    for zone, summer in (("Europe/Berlin", True), ("Asia/Tokyo", False), ("UTC", False), ("Australia/Sydney", True)):
        run(database, f"ALTER DATABASE \"{name}\" SET TimeZone = '{zone}'")
        assert measured(database).server.summer_time is summer, zone


def test_extensions_that_a_throw_away_server_has(database, server):
    run(database, "CREATE EXTENSION hstore")
    there = machine.list_extensions(server.programs)
    assert there is not None and {"hstore", "plpgsql", "pgcrypto"} <= there
    found = measured(database)
    assert checks(found, server.programs)["extensions"].health is OK
    foreign = replace(found, extensions=(*found.extensions, ("postgis", "3.4")))
    assert checks(foreign, server.programs)["extensions"].health is FAIL


@pytest.mark.majors(18)
def test_what_the_loader_misses_create_extension_misses_too(database, server):
    """`uuid-ossp` of the wheels needs a library that many systems lack: the doctor says what the server would say."""
    for name in ("hstore", "uuid-ossp"):
        absent = machine.missing_libraries(server.programs, (name,))
        try:
            run(database, f'CREATE EXTENSION "{name}"')
        except psycopg.Error as error:
            assert absent[name][0] in str(error)
        else:
            assert absent == {}


@pytest.mark.server
@pytest.mark.parametrize("major", [15, 18])
def test_replication_and_prepared_transactions(major):
    with scratch.start_server(programs.obtain_programs(major, (*CLIENT, *SERVER)), settings=REPLICATING) as server:
        run(
            server.conninfo(),
            "SELECT pg_create_physical_replication_slot('unread', true)",
            "CREATE PUBLICATION everything FOR ALL TABLES",
            "CREATE TABLE t ()",
            "CREATE FUNCTION nothing() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
            "CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION nothing()",
        )
        with psycopg.connect(server.conninfo()) as connection:
            connection.execute("LOCK TABLE t")
            connection.execute("PREPARE TRANSACTION 'forgotten'")
        told = checks(measured(server.conninfo()), server.programs)
        run(server.conninfo(), "ROLLBACK PREPARED 'forgotten'")
    assert told["slot"].health is WARN and "unread" in told["slot"].measured
    assert told["publication"].health is WARN and "everything" in told["publication"].measured
    assert "forgotten" in told["prepared-transaction"].measured
    assert "watch" in told["event-triggers"].measured
    assert told["durability"].health is WARN


@pytest.mark.server
def test_a_hot_standby(tmp_path):
    """A server in recovery answers questions and takes no writes."""
    home = scratch.embedded_server("embedded:18", project=_reachable(tmp_path))
    with home as server:
        data = Path(server.directory) / "data"
    signal = data / "standby.signal"
    signal.touch()
    os.chown(signal, data.stat().st_uid, data.stat().st_gid)
    with scratch.embedded_server("embedded:18", project=tmp_path) as server:
        told = checks(measured(server.conninfo()), server.programs)
    assert told["primary"].health is FAIL
    assert all(check.health is not CheckResult.UNKNOWN for check in told.values())


def _reachable(path):
    """As root the server runs as somebody else, who must get to the directory."""
    for each in (path, *path.parents):
        if each.owner() != "root" or each.name.startswith("pytest"):
            each.chmod(0o755)
    return path


@pytest.mark.majors(18)
def test_a_transaction_pooler_is_found_out(database):
    parts = psycopg.conninfo.conninfo_to_dict(database)
    with pooler(f"{parts['host']}/.s.PGSQL.{parts['port']}") as port:
        through = psycopg.conninfo.make_conninfo(database, host="127.0.0.1", port=port, sslmode="disable")
        told = checks(measured(through))
    assert told["pooler"].health is FAIL
    assert checks(measured(database))["pooler"].health is OK


@contextmanager
def pooler(path: str) -> Iterator[int]:
    """A transaction pooler in front of a real server: each transaction goes to the next of two server processes."""
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve, args=(listener, path), daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def _serve(listener: socket.socket, path: str) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_pool, args=(client, path), daemon=True).start()


def _pool(client: socket.socket, path: str) -> None:
    with suppress(OSError, EOFError), client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        (length,) = struct.unpack("!i", _exactly(client, 4))
        startup = struct.pack("!i", length) + _exactly(client, length - 4)
        backends = []
        for number in range(2):
            backend = socket.socket(socket.AF_UNIX)
            backend.connect(path)
            backend.sendall(startup)
            _until_ready(backend, client if number == 0 else None)
            backends.append(backend)
        turn, state = 0, b"I"
        while True:
            if state == b"I":
                turn = 1 - turn
            kind, frame = _frame(client)
            backends[turn].sendall(frame)
            while kind not in (b"Q", b"S", b"X"):
                kind, frame = _frame(client)
                backends[turn].sendall(frame)
            if kind == b"X":
                return
            state = _until_ready(backends[turn], client)


def _until_ready(backend: socket.socket, client: socket.socket | None) -> bytes:
    while True:
        kind, frame = _frame(backend)
        if client is not None:
            client.sendall(frame)
        if kind == b"Z":
            return frame[-1:]


def _frame(peer: socket.socket) -> tuple[bytes, bytes]:
    head = _exactly(peer, 5)
    (length,) = struct.unpack("!i", head[1:])
    return head[:1], head + _exactly(peer, length - 4)


def _exactly(peer: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = peer.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


@pytest.mark.majors(18)
def test_a_connection_that_is_cut(database):
    with connect(database) as session:
        run(database, f"SELECT pg_terminate_backend({session.connection.info.backend_pid}, 2000)")
        with pytest.raises(Unreachable):
            asked.measure_database(session, "public", lambda there: read_state(there, Settings()))


def test_places_and_modes(tmp_path):
    secret = tmp_path / "pass"
    secret.write_text("x")
    secret.chmod(0o640)
    assert machine.read_path_facts(secret).mode == 0o640
    missing = machine.read_path_facts(tmp_path / "not" / "there")
    assert missing.mode is None and missing.writable and missing.free
    assert missing.device == machine.read_path_facts(tmp_path).device


def test_what_git_ignores(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert machine.is_ignored_by_git(tmp_path / "backups") is None
    subprocess.run(["git", "init", "-q", "."], check=True)
    (tmp_path / ".gitignore").write_text("backups/\n")
    assert machine.is_ignored_by_git(tmp_path / "backups") is True
    assert machine.is_ignored_by_git(tmp_path / ".env") is False


def test_locales():
    assert machine.has_locale("C") and not machine.has_locale("xx_XX.UTF-8")


@pytest.mark.majors(14, 15, 18)
def test_collations_that_sort_otherwise_than_before_and_rows_that_are_hidden(database, server):
    knows = machine.knows_icu(server.programs)
    french = ["CREATE COLLATION public.fr (provider = icu, locale = 'fr')"]
    if not knows:
        locales = {14: "collencoding = -1", 15: "colliculocale = 'fr'", 16: "colliculocale = 'fr'"}
        locale = locales.get(server.major, "colllocale = 'fr'")
        french = [
            "CREATE COLLATION public.fr (locale = 'C')",
            f"UPDATE pg_collation SET collprovider = 'i', {locale} WHERE collname = 'fr'",
        ]
    run(
        database,
        *french,
        "CREATE COLLATION public.de (locale = 'C')",
        "CREATE TABLE t (id int PRIMARY KEY, name text COLLATE public.de UNIQUE)",
        "UPDATE pg_collation SET collversion = '1' WHERE collname = 'de'",
        "CREATE ROLE migrant LOGIN; ALTER TABLE t OWNER TO migrant; ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE t FORCE ROW LEVEL SECURITY",
    )
    if server.major >= 15:
        run(database, "UPDATE pg_database SET datcollversion = '1' WHERE datname = current_database()")
    found = measured(psycopg.conninfo.make_conninfo(database, user="migrant"))
    assert found.unanswered == ()
    told = checks(found, server.programs)
    assert told["collations"].health is WARN and "public.de from 1 to none" in told["collations"].measured
    assert told["collations"].why.startswith("1 index may")
    assert ("collation-version" in told) is (server.major >= 15)
    assert told["row-security"].health is WARN and "public.t" in told["row-security"].measured
    assert ("icu" in told) is not knows
    if not knows:
        assert told["icu"].health is FAIL and "public.fr" in told["icu"].measured
