"""Statements of the application that a migration breaks are named; those that it does not break are not accused."""

from __future__ import annotations

import itertools
import pprint
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.workflows.test_deploy import SETUP, Shop

from rowkeep import scratch
from rowkeep.config import Settings
from rowkeep.database.catalog.application_statements import read_recorded_statements
from rowkeep.database.catalog.prepare_statements import StatementPreparer
from rowkeep.database.connection.session import connect
from rowkeep.domain.deploy.application import ApplicationQuery, ApplicationStatement, ChangeKind
from rowkeep.domain.deploy.deployment import Acceptance, Deployment
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Noted, StageFinished
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.errors import Misused, Refused
from rowkeep.parse.application_sql import mend_constants, read_application_statement
from rowkeep.plan.application_changes import find_statement_changes
from rowkeep.workflows.deploy import DeployRequest, StopAfter, deploy

CORPUS = tomllib.loads((Path(__file__).parent / "application.toml").read_text(encoding="utf-8"))
STATEMENTS: dict[str, str] = CORPUS["statements"]

COPIES = itertools.count(1)


@dataclass
class Copies:
    """Copies of one prepared database, in which the role `app` exists."""

    template: str
    admin: psycopg.Connection[tuple[object, ...]]

    def new(self) -> str:
        name = f"application_{next(COPIES)}"
        template = psycopg.conninfo.conninfo_to_dict(self.template)["dbname"]
        # In memory, copying the files costs half of what going through the write-ahead log does (the default from 15).
        how = "STRATEGY file_copy" if self.admin.info.server_version >= 150000 else ""
        self.admin.execute(f'CREATE DATABASE {name} TEMPLATE "{template}" {how}'.encode())
        return psycopg.conninfo.make_conninfo(self.template, dbname=name)


@pytest.fixture
def copies(database: str) -> Iterator[Copies]:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(CORPUS["schema"].encode())
        connection.execute("CREATE ROLE app; GRANT ALL ON ALL TABLES IN SCHEMA public TO app")
    with psycopg.connect(database, autocommit=True, dbname="postgres") as admin:
        yield Copies(database, admin)


def queries() -> dict[str, ApplicationQuery]:
    read = {
        name: read_application_statement(ApplicationStatement(text, role="app")) for name, text in STATEMENTS.items()
    }
    assert None not in read.values()
    return {name: query for name, query in read.items() if query is not None}


def run(conninfo: str, sql: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(sql.encode())


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_broken_statements_are_named_and_no_others(copies: Copies) -> None:
    read = queries()
    wrong: dict[str, object] = {}
    with connect(copies.new()) as session:
        before = StatementPreparer(session, user=None).prepare(list(read.values()))
    assert [result.error for result in before.values() if result.error] == []
    for title, migration in CORPUS["migrations"].items():
        with connect(copies.new()) as session:
            session.connection.execute(f"SET search_path = public; {migration['sql']}".encode())
            after = StatementPreparer(session, user=None).prepare(list(read.values()))
        changes = {
            name: list(find_statement_changes(query, before[query.statement.name], after[query.statement.name]))
            for name, query in read.items()
        }
        broken = {name: [change.message for change in found if change.breaks] for name, found in changes.items()}
        broken = {name: messages for name, messages in broken.items() if messages}
        expected = set(migration["breaks"])
        if broken.keys() != expected:
            accused = {name: broken[name] for name in broken.keys() - expected}
            wrong[title] = {"missed": expected - broken.keys(), "accused": accused}
    assert wrong == {}, pprint.pformat(wrong, width=110)


@pytest.mark.majors(14, 18)
def test_a_table_scan_instead_of_an_index_is_a_change_that_breaks_nothing(copies: Copies) -> None:
    query = queries()["user by name"]
    conninfo = copies.new()
    run(conninfo, "INSERT INTO users (email, name) SELECT 'u' || n, 'n' || n FROM generate_series(1, 20000) AS n")
    run(conninfo, "ANALYZE users")
    with connect(conninfo) as session:
        preparer = StatementPreparer(session, user=None)
        before = preparer.prepare([query])
        session.connection.execute("DROP INDEX public.users_name")
        after = preparer.prepare([query])
    name = query.statement.name
    (change,) = find_statement_changes(query, before[name], after[name])
    assert (change.kind, change.breaks) == (ChangeKind.TABLE_SCAN, False)
    assert change.message == "reads all of public.users now; before, it used an index"


def test_what_the_server_records_can_be_prepared_again() -> None:
    texts = {
        "SELECT now() - interval $1": "SELECT now() - CAST($1 AS interval)",
        "SELECT timestamp with time zone $1": "SELECT CAST($1 AS timestamp with time zone)",
        "SELECT EXTRACT($1 FROM t.a) FROM t": "SELECT pg_catalog.date_part($1, t.a) FROM t",
        "SELECT date, $1 FROM t": "SELECT date, $1 FROM t",
        "SELECT 'interval $1'": "SELECT 'interval $1'",
    }
    assert {text: mend_constants(text) for text in texts} == texts


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "BEGIN",
        "SELECT * FROM pg_class",
        "SELECT name FROM pgmigrations",
        "SET a = 1",
        "TABLE rowkeep.run",
        "",
    ],
)
def test_what_no_migration_can_break_is_not_checked(text: str) -> None:
    assert read_application_statement(ApplicationStatement(text), [("public", "pgmigrations")]) is None


@pytest.fixture
def recording(server: scratch.Server) -> Iterator[scratch.Server]:
    """A server that records statements."""
    with scratch.start_server(server.programs, settings={"shared_preload_libraries": "pg_stat_statements"}) as own:
        yield own


@pytest.fixture
def recorded_shop(recording: scratch.Server, tmp_path: Path) -> Iterator[Shop]:
    """The shop, with an application that logs in as shop_bot and whose tables are in the schema of its search_path."""
    name = f"shop_{next(COPIES)}"
    with psycopg.connect(recording.conninfo(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        admin.execute("DROP ROLE IF EXISTS shop_bot; CREATE ROLE shop_bot LOGIN")
        admin.execute(f"ALTER ROLE shop_bot IN DATABASE {name} SET search_path = shop, public".encode())
        conninfo = recording.conninfo(name)
        run(
            conninfo, "CREATE EXTENSION pg_stat_statements; CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO shop_bot"
        )
        run(conninfo, "CREATE TABLE shop.items (id int PRIMARY KEY, label text, price int NOT NULL DEFAULT 1)")
        run(conninfo, "INSERT INTO shop.items (id, label) VALUES (1, 'a'); GRANT ALL ON shop.items TO shop_bot")
        run(conninfo, "SELECT pg_stat_statements_reset()")
        directory = tmp_path / "migrations"
        directory.mkdir()
        settings = Settings(migrations_dir=str(directory), backups_dir=str(tmp_path / "backups"))
        yield Shop(conninfo, settings, directory)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        admin.execute("DROP ROLE shop_bot")


def send_as_bot(shop: Shop, *texts: str) -> None:
    with psycopg.connect(shop.conninfo, user="shop_bot", autocommit=True) as connection:
        for text in texts:
            connection.execute(text.encode())


ALLOWED = "-- rowkeep: allow rename-column because the old application is gone"
LABEL = "SELECT label FROM items WHERE id = 1"
PRICES = "SELECT sum(price) FROM items"


def deploy_shop(shop: Shop, acceptance: Acceptance | None = None, **options: Any) -> Deployment:
    request = DeployRequest(acceptance=acceptance or Acceptance(), **options)
    metadata = RunMetadata("deploy", "tester", "here")
    return deploy(
        shop.settings, shop.conninfo, request, lambda: metadata, approve=lambda plan: None, emit=shop.events.append
    )


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_recorded_statements_are_checked_under_the_role_that_sends_them(recorded_shop: Shop) -> None:
    shop = recorded_shop
    send_as_bot(shop, LABEL, LABEL, PRICES)
    shop.migration("ALTER TABLE shop.items ADD COLUMN color text;")
    shop.migration(f"{ALLOWED}\nALTER TABLE shop.items RENAME COLUMN label TO title;")
    with pytest.raises(Refused) as refused:
        deploy_shop(shop)
    error = refused.value
    assert error.code is ErrorCode.STATEMENTS_BROKEN
    line = str(error.why)
    assert "SELECT label FROM items WHERE id = $1 (shop_bot, " in line
    assert '0 calls during this run): column "label" does not exist; by ' in line
    assert line.endswith("1700000000002_m2.sql:3:1")
    assert shop.ask("SELECT count(*) FROM information_schema.columns WHERE column_name = 'title'") == [(0,)]

    name = line.split()[0]
    accepted = Acceptance(because="it is gone", statements=frozenset({name}))
    done = deploy_shop(shop, accepted)
    assert done.rehearsal is not None and done.rehearsal.application is not None
    check = done.rehearsal.application
    assert [change.statement.name for change in check.broken] == [name]
    assert check.unchecked == ()
    assert check.checked == 2
    assert shop.ask("SELECT details -> 'accepted_broken_statements' FROM rowkeep.run ORDER BY id DESC LIMIT 1") == [
        ([name],)
    ]


@pytest.mark.majors(14, 18)
def test_a_view_that_only_has_the_name_of_the_extension_is_not_read(database: str) -> None:
    run(
        database,
        "CREATE TABLE read_by (who name); CREATE FUNCTION spy() RETURNS bigint LANGUAGE sql AS "
        "'INSERT INTO public.read_by VALUES (current_user) RETURNING 1::bigint'; "
        "CREATE VIEW pg_stat_statements AS "
        "SELECT spy() AS queryid, 10::oid AS userid, 0::oid AS dbid, 1::bigint AS calls",
    )
    with connect(database) as session:
        recorded = read_recorded_statements(session)
        assert recorded.why == "pg_stat_statements is not installed in this database"
        assert session.connection.execute("SELECT * FROM public.read_by").fetchall() == []


@pytest.mark.majors(14, 18)
def test_other_roles_statements_are_counted_as_hidden(recorded_shop: Shop) -> None:
    send_as_bot(recorded_shop, LABEL)
    run(recorded_shop.conninfo, "DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN")
    try:
        with connect(f"{recorded_shop.conninfo} user=plain") as session:
            recorded = read_recorded_statements(session)
        assert recorded.hidden > 0
        assert LABEL not in [statement.text for statement in recorded.statements]
    finally:
        run(recorded_shop.conninfo, "DROP ROLE plain")


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Shop:
    run(database, SETUP)
    directory = tmp_path / "migrations"
    directory.mkdir()
    settings = Settings(migrations_dir=str(directory), backups_dir=str(tmp_path / "backups"))
    return Shop(database, settings, directory)


@pytest.mark.majors(14, 18)
def test_a_file_of_statements(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "application.sql"
    file.write_text(
        "-- of the orders page\nSELECT email FROM users WHERE id = $1;\nSELECT count(*) FROM orders;\nSELEC 1;"
    )
    shop.migration("ALTER TABLE users ADD COLUMN mail text;")
    with pytest.raises(Misused) as wrong:
        deploy_shop(shop, statements=str(file))
    assert (wrong.value.code, wrong.value.where) == (ErrorCode.FILE_NOT_READABLE, str(file))
    file.write_text("SELECT email FROM users WHERE id = $1;\nSELECT count(*) FROM orders; SELECT nothing FROM users;")
    done = deploy_shop(shop, statements=str(file))
    assert done.rehearsal is not None and done.rehearsal.application is not None
    check = done.rehearsal.application
    assert (check.checked, check.changes) == (2, ())
    assert [unchecked.why for unchecked in check.unchecked] == ['column "nothing" does not exist']
    assert "2 statements of the application still work" in stage(shop, "rehearse")


@pytest.mark.majors(18)
def test_without_statements_the_deploy_says_so(shop: Shop) -> None:
    shop.migration("ALTER TABLE users ADD COLUMN mail text;")
    deploy_shop(shop, stop=StopAfter.REHEARSAL)
    assert any("statements of the application are not checked" in event.message for event in notes(shop))
    shop.events.clear()
    deploy_shop(shop, stop=StopAfter.REHEARSAL, statements="none")
    assert not any("statements of the application" in event.message for event in notes(shop))


def notes(shop: Shop) -> list[Noted]:
    return [event for event in shop.events if isinstance(event, Noted)]


def stage(shop: Shop, name: str) -> str:
    return next(event.summary for event in shop.events if isinstance(event, StageFinished) and event.stage == name)
