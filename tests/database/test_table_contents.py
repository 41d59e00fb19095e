"""What a rehearsal counts is what the server holds, before and after any trick that loses rows."""

from __future__ import annotations

import psycopg
import pytest

from rowkeep.database.catalog.table_contents import read_contents
from rowkeep.database.connection.session import connect
from rowkeep.domain.deploy.loss import Loss, LossKind
from rowkeep.domain.schema.table_contents import DatabaseContents
from rowkeep.errors import Failed
from rowkeep.plan.losses import find_losses

SETUP = """
CREATE TABLE pgmigrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);
CREATE SCHEMA app;
CREATE TABLE app.users (id int PRIMARY KEY, email text, "Phone ""x"" %s" text);
INSERT INTO app.users SELECT n, CASE WHEN n <= 6 THEN 'u' || n END, 'p' FROM generate_series(1, 10) AS n;
CREATE TABLE app.orders (id int PRIMARY KEY, user_id int REFERENCES app.users ON DELETE CASCADE);
INSERT INTO app.orders SELECT n, 1 + n % 10 FROM generate_series(1, 30) AS n;
CREATE TABLE events (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE events_01 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE events_02 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO events SELECT date '2026-01-01' + n, 'x' FROM generate_series(0, 50) AS n;
CREATE TABLE base (a int);
CREATE TABLE child () INHERITS (base);
INSERT INTO base VALUES (1);
INSERT INTO child VALUES (2), (3);
CREATE TABLE nothing ();
INSERT INTO nothing DEFAULT VALUES;
SELECT lo_create(0), lo_create(0);
"""


def see(conninfo: str) -> DatabaseContents:
    with connect(conninfo) as session:
        return read_contents(session, history_schema="public", history_table="pgmigrations")


@pytest.fixture
def shop(database: str) -> str:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SETUP)
    return database


def test_rows_and_values_are_counted_and_history_is_left_out(shop: str) -> None:
    tables = {table.name: table for table in see(shop).tables}
    assert {name: table.rows for name, table in tables.items()} == {
        "app.orders": 30,
        "app.users": 10,
        "public.base": 1,
        "public.child": 2,
        "public.events_01": 31,
        "public.events_02": 20,
        "public.nothing": 1,
    }
    assert [(column.name, column.filled) for column in tables["app.users"].columns] == [
        ("id", 10),
        ("email", 6),
        ('Phone "x" %s', 10),
    ]
    assert tables["public.events_01"].family == tables["public.events_02"].family == "public.events"
    assert tables["public.events_01"].root == tables["public.events_02"].root != tables["public.events_01"].oid
    assert see(shop).large_objects == 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("DROP TABLE app.users CASCADE", [Loss(LossKind.TABLE, "app.users", 10)]),
        ("TRUNCATE app.orders", [Loss(LossKind.ROWS, "app.orders", 30)]),
        # DELETE cascades: the child's rows are counted where they are.
        (
            "DELETE FROM app.users WHERE id = 1",
            [Loss(LossKind.ROWS, "app.orders", 3), Loss(LossKind.ROWS, "app.users", 1)],
        ),
        ("ALTER TABLE app.users DROP COLUMN email", [Loss(LossKind.COLUMN, "app.users.email", 6)]),
        (
            "ALTER TABLE app.users DROP COLUMN email; ALTER TABLE app.users ADD COLUMN email text",
            [Loss(LossKind.COLUMN, "app.users.email", 6)],
        ),
        ("UPDATE app.users SET email = NULL", [Loss(LossKind.VALUES, "app.users.email", 6)]),
        (
            "ALTER TABLE app.users ALTER COLUMN email TYPE int USING NULL",
            [Loss(LossKind.VALUES, "app.users.email", 6)],
        ),
        ("DROP SCHEMA app CASCADE", [Loss(LossKind.TABLE, "app.orders", 30), Loss(LossKind.TABLE, "app.users", 10)]),
        ("DROP TABLE events_02", [Loss(LossKind.ROWS, "public.events", 20)]),
        (
            "SELECT lo_unlink(min(oid)) FROM pg_largeobject_metadata",
            [Loss(LossKind.LARGE_OBJECTS, "large objects", 1)],
        ),
        ("ALTER TABLE app.users RENAME TO members; ALTER SCHEMA app RENAME TO shop", []),
        ("ALTER TABLE app.users RENAME COLUMN email TO mail", []),
        ("ALTER TABLE events DETACH PARTITION events_02", []),
        ("DELETE FROM events_01 WHERE at = '2026-01-03'; INSERT INTO events VALUES ('2026-02-27', 'moved')", []),
        ("ALTER TABLE app.orders ALTER COLUMN id TYPE bigint", []),
        ("INSERT INTO app.users SELECT n FROM generate_series(11, 20) AS n", []),
    ],
)
def test_what_a_change_loses(shop: str, change: str, expected: list[Loss]) -> None:
    before = see(shop)
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute(change)
    assert list(find_losses(before, see(shop))) == expected


def test_hidden_rows_are_an_error_and_not_a_smaller_number(shop: str, server: object) -> None:
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute("ALTER TABLE app.users ENABLE ROW LEVEL SECURITY")
        connection.execute("CREATE ROLE viewer; GRANT USAGE ON SCHEMA app TO viewer")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA app, public TO viewer")
    with connect(shop) as session:
        session.connection.execute("SET ROLE viewer")
        with pytest.raises(Failed) as failed:
            read_contents(session, history_schema="public", history_table="pgmigrations")
    assert (failed.value.sqlstate, "row-level security" in (failed.value.why or "")) == ("42501", True)
