"""The safe ways run as they are written, also with names that must be quoted, and lead where they should."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from rowkeep.domain.operation import Name
from rowkeep.knowledge.forms import recipes

TABLE = Name("Order Lines", "Shop", '"Shop"."Order Lines"')
COLUMN = Name("Number", written='"Number"')


def carry_out(connection: psycopg.Connection, recipe: str) -> None:
    """Each migration of the recipe in a transaction of its own."""
    for migration in recipe.split(recipes.NEXT):
        with connection.transaction():
            for statement in (line for line in migration.splitlines() if line.strip()):
                connection.execute(statement.partition("  --")[0].encode())


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True) as opened:
        opened.execute('CREATE SCHEMA "Shop"; CREATE TABLE "Shop"."Order Lines" (a int, b int, PRIMARY KEY (a, b))')
        opened.execute('INSERT INTO "Shop"."Order Lines" SELECT n, n FROM generate_series(1, 30) AS n')
        yield opened


def test_a_column_is_numbered(connection: psycopg.Connection) -> None:
    major = connection.info.server_version // 10000
    carry_out(connection, recipes.numbered_column_steps(TABLE, COLUMN, "a, b", major))
    connection.execute('INSERT INTO "Shop"."Order Lines" VALUES (31, 31)')
    row = connection.execute('SELECT count(DISTINCT "Number"), max("Number") FROM "Shop"."Order Lines"').fetchone()
    assert row == (31, 31)
    with pytest.raises(psycopg.errors.NotNullViolation):
        connection.execute('INSERT INTO "Shop"."Order Lines" VALUES (32, 32, NULL)')
    left = connection.execute("SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0").fetchall()
    assert left == []


def test_names_are_cut_and_quoted() -> None:
    assert str(recipes.join_names("orders", "note", "new")) == "orders_note_new"
    assert str(recipes.join_names("Orders", "new")) == '"Orders_new"'
    assert len(recipes.join_names("x" * 60, "y" * 60).name) == 63
