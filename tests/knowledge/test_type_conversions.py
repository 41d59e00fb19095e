"""What is said of ALTER COLUMN … TYPE is what servers do: every pair of types is asked."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import pytest
from psycopg import sql

from rowkeep.domain.migration import Section
from rowkeep.domain.operation import ChangeType, TypeName
from rowkeep.domain.source import Source, Span
from rowkeep.knowledge.types.type_conversions import keeps_bytes, may_keep_bytes, stored_type
from rowkeep.parse import parse_section

TYPES = (
    "boolean", "smallint", "integer", "bigint", "real", "double precision", "numeric", "numeric(10,2)",
    "numeric(12,2)", "numeric(12,4)", "numeric(12)", "money", "oid", "regclass", "regtype", "text", "varchar",
    "varchar(20)", "varchar(50)", "char(10)", "char(20)", "bpchar", "name", '"char"', "citext", "bytea", "date",
    "time", "time(3)", "timetz", "timestamp", "timestamp(0)", "timestamp(3)", "timestamp(6)", "timestamptz",
    "timestamptz(3)", "interval", "interval(3)", "interval(5)", "interval day to second", "inet", "cidr", "macaddr",
    "macaddr8", "bit(8)", "bit(16)", "varbit", "varbit(8)", "varbit(16)", "json", "jsonb", "xml", "uuid",
    "integer[]", "bigint[]", "text[]", "varchar(20)[]", "varchar(50)[]", "varchar[]", "int4range", "tsvector",
    "point", "box", "mood", "other_mood",
)  # fmt: skip

ASK = """
    DO $do$
    DECLARE
      old text; new text; file oid; kept boolean;
    BEGIN
      FOREACH old IN ARRAY string_to_array(current_setting('asked.types'), '|') LOOP
        EXECUTE format('CREATE TEMP TABLE asked (value %s)', old);
        file := pg_relation_filenode('asked');
        FOREACH new IN ARRAY string_to_array(current_setting('asked.types'), '|') LOOP
          BEGIN
            EXECUTE format('ALTER TABLE asked ALTER COLUMN value TYPE %s', new);
            kept := file = pg_relation_filenode('asked');
            RAISE SQLSTATE 'ASKED';
          EXCEPTION
            WHEN SQLSTATE 'ASKED' THEN INSERT INTO answers VALUES (old, new, kept);
            WHEN datatype_mismatch OR cannot_coerce THEN INSERT INTO answers VALUES (old, new, NULL);
          END;
        END LOOP;
        DROP TABLE asked;
      END LOOP;
    END
    $do$
"""


def read(words: str) -> TypeName:
    """The type as a migration's text tells it."""
    text = f"ALTER TABLE t ALTER COLUMN c TYPE {words}"
    (statement,) = parse_section(Section(Source("t.sql", text), Span(0, len(text)))).statements
    (operation,) = statement.operations
    assert isinstance(operation, ChangeType)
    return operation.type


def answers(connection: psycopg.Connection, zone: str, types: Sequence[str]) -> dict[tuple[str, str], bool | None]:
    """By old and new type: whether the table's file stays; None where no cast makes the one of the other."""
    connection.execute("SELECT set_config('TimeZone', %s, false)", (zone,))
    connection.execute("SELECT set_config('asked.types', %s, false)", ("|".join(types),))
    connection.execute("CREATE TEMP TABLE answers (old text, new text, kept boolean)")
    connection.execute(sql.SQL(ASK))
    rows = connection.execute("SELECT old, new, kept FROM answers").fetchall()
    connection.execute("DROP TABLE answers")
    return {(old, new): kept for old, new, kept in rows}


@pytest.mark.majors(14, 16, 18)
def test_every_pair_of_types(database: str) -> None:
    kinds = {words: read(words) for words in TYPES}
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION citext")
        connection.execute("CREATE TYPE mood AS ENUM ('fine')")
        connection.execute("CREATE TYPE other_mood AS ENUM ('fine')")
        of_time = [words for words in TYPES if words.startswith(("date", "time", "interval"))]
        for zone, utc, types in (("UTC", True, TYPES), ("Europe/Berlin", False, of_time)):
            found = answers(connection, zone, types)
            assert len(found) == len(types) ** 2
            wrong = [
                f"{old} to {new}: the file stays: {kept}"
                for (old, new), kept in found.items()
                if kept is not None and kept is not keeps_bytes(kinds[old], kinds[new], utc=utc)
            ]
            assert not wrong, "\n".join(wrong)
            surprising = {new for (old, new), kept in found.items() if kept and old != new}
            assert {new for new in surprising if not may_keep_bytes(kinds[new])} <= {"integer"}


def test_a_serial_column_is_an_integer_column() -> None:
    assert stored_type(TypeName("bigserial")).name == "int8"
    assert stored_type(TypeName("text")).name == "text"
    assert keeps_bytes(TypeName("serial"), TypeName("int4"))
