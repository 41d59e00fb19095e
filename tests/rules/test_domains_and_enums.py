"""Domains and enums: what locks tables that no statement names, and what PostgreSQL refuses."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

Find = Callable[..., list[str]]
DOMAIN = ("domain-check-blocks-writes",)


@pytest.mark.parametrize(
    ("change", "weight"),
    [
        ("ADD CONSTRAINT filled CHECK (VALUE <> '')", "error"),
        ("ADD CHECK (VALUE <> '')", "error"),
        ("ADD CONSTRAINT filled CHECK (VALUE <> '') NOT VALID", ""),
        ("SET NOT NULL", "error"),
        ("ADD NOT NULL", "error"),
        ("VALIDATE CONSTRAINT filled", "warning"),
        ("DROP NOT NULL", ""),
        ("DROP CONSTRAINT filled", ""),
        ("SET DEFAULT 'x'", ""),
        ("RENAME TO zip_code", ""),
    ],
)
def test_a_domain(find: Find, change: str, weight: str) -> None:
    alter = f"ALTER DOMAIN postcode {change};"
    expected = [f"{DOMAIN[0]} {weight} 1"] if weight else []
    assert find("CREATE DOMAIN postcode AS text;", alter, of=DOMAIN) == expected
    assert find("SELECT 1;", alter, of=DOMAIN) == expected
    assert find(f"CREATE DOMAIN postcode AS text; {alter}", of=DOMAIN) == []


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_validation_of_a_domain_locks_its_tables(database: str) -> None:
    """Why VALIDATE CONSTRAINT of a domain is no safe step: it stops writes as the constraint itself would."""
    locks = "SELECT mode FROM pg_locks WHERE relation = 'addresses'::regclass AND pid = pg_backend_pid()"
    with psycopg.connect(database) as connection:
        connection.execute("CREATE DOMAIN postcode AS text; CREATE TABLE addresses (zip postcode)")
        connection.execute("ALTER DOMAIN postcode ADD CONSTRAINT filled CHECK (VALUE <> '') NOT VALID")
        connection.commit()
        connection.execute("ALTER DOMAIN postcode VALIDATE CONSTRAINT filled")
        assert ("ShareLock",) in connection.execute(locks).fetchall()


ENUM = ("enum-value-used-at-once",)
GIVEN = """
    CREATE TYPE status AS ENUM ('new', 'paid');
    CREATE TABLE orders (id bigint PRIMARY KEY, status status NOT NULL DEFAULT 'new', note text);
    CREATE TABLE notes (id bigint PRIMARY KEY, body text);
    INSERT INTO orders (id) VALUES (1);
"""
ADD = "ALTER TYPE status ADD VALUE 'late';\n"
USES = {
    "UPDATE orders SET status = 'late' WHERE id = 1;": True,
    "UPDATE orders SET note = '' WHERE status = 'late';": True,
    "INSERT INTO orders VALUES (2, 'late');": True,
    "INSERT INTO orders SELECT 2, 'late';": True,
    "DELETE FROM orders WHERE status = 'late';": True,
    "ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'late';": True,
    "ALTER TABLE notes ADD COLUMN state status DEFAULT 'late'::status;": True,
    "ALTER TABLE orders ADD CONSTRAINT no_late CHECK (status <> 'late') NOT VALID;": True,
    "CREATE INDEX late_orders ON orders (id) WHERE status = 'late';": True,
    "CREATE VIEW late AS SELECT id FROM orders WHERE status = 'late'::status;": True,
    "CREATE TABLE fresh (state status DEFAULT 'late'::public.status);": True,
    "DO $$ BEGIN UPDATE orders SET status = 'late' WHERE id = 1; END $$;": True,
    "CREATE FUNCTION late() RETURNS status LANGUAGE sql AS $$ SELECT 'late'::status $$;": True,
    "CREATE FUNCTION late() RETURNS status LANGUAGE plpgsql AS $$ BEGIN RETURN 'late'; END $$;": False,
    "INSERT INTO notes VALUES (1, 'late');": False,
    "COMMENT ON TABLE orders IS 'late';": False,
    "UPDATE orders SET status = 'paid' WHERE id = 1;": False,
    "ALTER TYPE status ADD VALUE 'later' AFTER 'late';": False,
    "COMMIT; UPDATE orders SET status = 'late' WHERE id = 1;": False,
}


@pytest.mark.parametrize(("use", "found"), USES.items())
def test_a_value_that_is_used(find: Find, use: str, found: bool) -> None:
    assert find(GIVEN, ADD + use, of=ENUM) == ([f"{ENUM[0]} error 2"] if found else [])
    assert find(GIVEN, ADD, use, of=ENUM) == []


@pytest.mark.majors(14, 18)
def test_the_server_refuses_it(database: str) -> None:
    lies = []
    with psycopg.connect(database, autocommit=True) as connection:
        for use, found in USES.items():
            connection.execute("DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public")
            connection.execute(GIVEN.encode())
            connection.execute("BEGIN")
            state = ""
            try:
                connection.execute((ADD + use).encode())
            except psycopg.Error as error:
                state = error.sqlstate or "?"
            connection.execute("ROLLBACK")
            if state != ("55P04" if found else ""):
                lies.append(f"{use}: {state or 'runs'}")
    assert not lies, "\n".join(lies)


def test_a_table_that_nobody_knows(find: Find) -> None:
    assert find("SELECT 1;", ADD + "UPDATE orders SET status = 'late';", of=ENUM) == [f"{ENUM[0]} error 2"]
    assert find("SELECT 1;", ADD + "UPDATE orders SET status = 'late'::status;", of=ENUM) == [f"{ENUM[0]} error 2"]


def test_a_type_of_the_same_transaction(find: Find) -> None:
    made = "CREATE TYPE state AS ENUM ('a'); ALTER TYPE state ADD VALUE 'late'; SELECT 'late'::state;"
    assert find(made, of=ENUM) == [f"{ENUM[0]} error 1"]
    assert find(made, of=ENUM, major=17) == []
    assert find("CREATE TYPE state AS ENUM ('late'); SELECT 'late'::state;", of=ENUM) == []


def test_a_value_that_is_there(find: Find) -> None:
    again = "ALTER TYPE status ADD VALUE IF NOT EXISTS 'paid'; UPDATE orders SET status = 'paid';"
    assert find(GIVEN, again, of=ENUM) == []
    assert find("SELECT 1;", again, of=ENUM) == [f"{ENUM[0]} error 1"]


def test_style_is_off_until_it_is_asked_for(find: Find) -> None:
    style = ("added-enum-value", "enum-value-without-place", "domain-with-constraint", "new-write-restriction")
    assert find(GIVEN, ADD, of=style) == ["added-enum-value warning 1", "enum-value-without-place warning 1"]
    assert find(GIVEN, "CREATE DOMAIN zip AS text CHECK (VALUE <> '');", of=style) == [
        "domain-with-constraint warning 1"
    ]
    restricted = "ALTER TABLE orders ADD CHECK (note <> '') NOT VALID, ALTER COLUMN note SET NOT NULL;"
    assert find(GIVEN, restricted, of=style) == ["new-write-restriction warning 1"] * 2
    assert find(GIVEN, ADD + restricted, of=("lock", "compatibility")) != []
    assert "added-enum-value" not in {one.split()[0] for one in find(GIVEN, ADD, of=())}
