"""Which statements of a down part may take rows or values away: whatever is not known to keep them all."""

from __future__ import annotations

import pytest

from rowkeep.domain.migration import Direction, Language, Migration, Section
from rowkeep.domain.plan import Stand, Standing
from rowkeep.domain.source import Source, Span
from rowkeep.plan.steps import step
from rowkeep.plan.undoing import taking


def taken(down: str, direction: Direction = Direction.DOWN) -> list[str]:
    source = Source("m.sql", down)
    section = Section(source, Span(0, len(down)))
    migration = Migration("m", "m.sql", Language.SQL, "node-pg-migrate", section, section)
    standing = Standing("m", Stand.APPLIED, migration)
    return [statement.head for statement in taking([step(standing, direction, ())])]


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


def test_what_is_applied_again_is_not_asked_about() -> None:
    assert taken("DROP TABLE a", Direction.UP) == []
