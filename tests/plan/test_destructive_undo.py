"""Which statements may take rows or values away: whatever is not known to keep them all."""

from __future__ import annotations

import pytest

from rowkeep.domain.migration import Direction, Language, Migration, Section
from rowkeep.domain.plan import MigrationState, MigrationStatus, Step
from rowkeep.domain.source import Source, Span
from rowkeep.plan.destructive_undo import find_destructive_statements, reaches_beyond
from rowkeep.plan.steps import make_step


def stepped(down: str, direction: Direction) -> list[Step]:
    source = Source("m.sql", down)
    section = Section(source, Span(0, len(down)))
    migration = Migration("m", "m.sql", Language.SQL, "node-pg-migrate", section, section)
    standing = MigrationStatus("m", MigrationState.APPLIED, migration)
    return [make_step(standing, direction, ())]


def taken(down: str, direction: Direction = Direction.DOWN) -> list[str]:
    return [statement.head for statement in find_destructive_statements(stepped(down, direction))]


@pytest.mark.parametrize(
    "text",
    [
        "DROP TABLE a",
        "ALTER TABLE a DROP COLUMN b",
        "ALTER TABLE a ALTER b DROP NOT NULL, DROP COLUMN b",
        "ALTER TABLE a ALTER b TYPE int USING b::int",
        "TRUNCATE a",
        "DELETE FROM a WHERE id = 1",
        "UPDATE a SET b = 1",
        "DROP SCHEMA s CASCADE",
        "DROP MATERIALIZED VIEW m",
        "DROP SEQUENCE s",
        "DROP TYPE t CASCADE",
        "DROP FUNCTION f() CASCADE",
        "DROP EXTENSION hstore",
        "DO $$ BEGIN DELETE FROM a; END $$",
        "DO $$ BEGIN EXECUTE 'DROP ' || 'TABLE a'; END $$",
        "CALL cleanup()",
    ],
)
def test_takes(text: str) -> None:
    assert len(taken(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "DROP VIEW v",
        "DROP INDEX i",
        "DROP INDEX CONCURRENTLY i",
        "DROP FUNCTION f()",
        "ALTER TABLE a DROP CONSTRAINT c",
        "ALTER TABLE a ALTER b SET NOT NULL",
        "CREATE TABLE a (id int)",
        "INSERT INTO a VALUES (1)",
        "ALTER TABLE a RENAME b TO c",
        "DO $$ BEGIN PERFORM 1; END $$",
        "SET lock_timeout = '1s'",
        "",
    ],
)
def test_keeps(text: str) -> None:
    assert taken(text) == []


@pytest.mark.parametrize(
    ("text", "heads"),
    [
        ("DROP TABLE a", ["DROP TABLE a"]),
        ("UPDATE a SET b = 1", ["UPDATE a SET b = 1"]),
        ("ALTER TABLE a ADD COLUMN b int; UPDATE a SET b = 1", []),
        ("ALTER TABLE a ADD COLUMN b int; UPDATE a SET b = 1, c = 2", ["UPDATE a SET b = 1, c = 2"]),
        ("ALTER TABLE a ADD COLUMN IF NOT EXISTS b int; UPDATE a SET b = 1", ["UPDATE a SET b = 1"]),
        ("CREATE TABLE a (b int); UPDATE a SET b = 1; DELETE FROM a; DROP TABLE a", []),
        ("CREATE TABLE a (b int); DROP TABLE a CASCADE", ["DROP TABLE a CASCADE"]),
        ("CREATE TABLE IF NOT EXISTS a (b int); DELETE FROM a", ["DELETE FROM a"]),
        ("CREATE TABLE n (b int); ALTER TABLE n RENAME TO m; DROP TABLE n", ["DROP TABLE n"]),
        ("CREATE TABLE a (b int); DELETE FROM public.a", ["DELETE FROM public.a"]),
        ("CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DELETE FROM a'", []),
        ("DO $$ BEGIN IF false THEN CREATE TABLE a (b int); END IF; END $$; DROP TABLE a", ["DROP TABLE a"]),
        ("COPY a FROM '/tmp/rows'", []),
    ],
)
def test_what_a_migration_may_take(text: str, heads: list[str]) -> None:
    assert taken(text, Direction.UP) == heads


@pytest.mark.parametrize(
    ("text", "beyond"),
    [("DROP DATABASE b", True), ("DROP ROLE r", True), ("DROP OWNED BY r", True), ("DROP TABLE a", False)],
)
def test_what_other_databases_share(text: str, beyond: bool) -> None:
    assert reaches_beyond(stepped(text, Direction.UP)) is beyond
