"""What is said to be lost is lost on servers: values are cast to the other type and back, and compared."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from rowkeep.domain.migration import Section
from rowkeep.domain.operation import ChangeType, TypeName
from rowkeep.domain.source import Source, Span
from rowkeep.knowledge.types.conversion_losses import conversion_loss, loss_from_unknown_type
from rowkeep.parse import parse_section

SAMPLES = {
    "boolean": "true",
    "smallint": "77",
    "integer": "16777217",
    "bigint": "9007199254740993",
    "real": "1.23456",
    "double precision": "1.00000001",
    "numeric": "1.23456789012345678901",
    "numeric(10,2)": "12345678.91",
    "numeric(12,4)": "12345678.9123",
    "numeric(8)": "12345679",
    "numeric(16)": "9007199254740993",
    "numeric(6,1)": "12345.6",
    "money": "12.34",
    "text": "x" * 90,
    "varchar(20)": "abcdefghijklmnopqrst",
    "varchar(80)": "y" * 80,
    "varchar": "z" * 90,
    "char(30)": "w" * 30,
    "name": "n" * 63,
    '"char"': "c",
    "date": "2026-03-04",
    "time": "10:11:12.123456",
    "time(3)": "10:11:12.123",
    "timetz": "10:11:12.123456+05",
    "timestamp": "2026-03-04 10:11:12.123456",
    "timestamp(0)": "2026-03-04 10:11:12",
    "timestamp(6)": "2026-03-04 10:11:12.123456",
    "timestamptz": "2026-03-04 10:11:12.123456+00",
    "timestamptz(3)": "2026-03-04 10:11:12.123+00",
    "interval": "3 days 10:11:12.123456",
    "interval(3)": "1 day 10:11:12.123",
    "inet": "10.1.2.3/8",
    "cidr": "10.0.0.0/8",
    "bit(8)": "10101010",
    "varbit": "1010101011111111",
    "varbit(12)": "101010101111",
    "uuid": "00000000-0000-0000-0000-000000000001",
    "box": "(3,3),(1,1)",
    "point": "(1,2)",
}
ROUND_TRIP = "SELECT %s::{old} = %s::{old}::{new}::{old}"
FITS = "SELECT (%s::{old}::{new}::{old})::text = (%s::{old})::text"
# Nobody keeps numbers as bits; and how long the text of another type gets is not said.
LEFT_OUT = {("integer", "bit(8)"), ("bigint", "bit(8)")}
LEFT_OUT |= {(old, "varchar(20)") for old in SAMPLES if old.startswith(("numeric", "interval", "timestamp"))}


def read(words: str) -> TypeName:
    """The type as a migration's text tells it."""
    text = f"ALTER TABLE t ALTER COLUMN c TYPE {words}"
    (statement,) = parse_section(Section(Source("t.sql", text), Span(0, len(text)))).statements
    (operation,) = statement.operations
    assert isinstance(operation, ChangeType)
    return operation.type


def comes_back(connection: psycopg.Connection, old: str, new: str, value: str) -> bool | None:
    """Whether the value is the same after the way there and back; None where there is no way, or it is refused."""
    question = sql.SQL(FITS).format(old=sql.SQL(old), new=sql.SQL(new))
    try:
        row = connection.execute(question, (value, value)).fetchone()
    except psycopg.Error:
        return None
    assert row is not None
    return bool(row[0])


@pytest.mark.majors(14, 18)
def test_values_there_and_back(database: str) -> None:
    kinds = {words: read(words) for words in SAMPLES}
    wrong = []
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for old, value in SAMPLES.items():
            for new in SAMPLES:
                same = comes_back(connection, old, new, value)
                words = conversion_loss(kinds[old], kinds[new], explicitly=True)
                if same is not None and same is bool(words) and (old, new) not in LEFT_OUT:
                    wrong.append(f"{old} to {new}: comes back the same: {same}, said to lose: {words or 'nothing'}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.majors(18)
def test_what_nobody_knows_the_type_of(database: str) -> None:
    """Where a loss is called certain, no other type comes by itself without one."""
    question = """
        SELECT s.typname FROM pg_catalog.pg_cast c
          JOIN pg_catalog.pg_type s ON s.oid = c.castsource JOIN pg_catalog.pg_type t ON t.oid = c.casttarget
         WHERE t.typname = %s AND s.typname <> t.typname AND c.castcontext <> 'e'
    """
    with psycopg.connect(database) as connection:
        for new in ("date", "time", "cidr"):
            assert loss_from_unknown_type(TypeName(new), explicitly=False)[1]
            sources = [name for (name,) in connection.execute(question, (new,)).fetchall()]
            assert sources
            assert all(conversion_loss(TypeName(old), TypeName(new), explicitly=False) for old in sources), new
    assert loss_from_unknown_type(TypeName("int8"), explicitly=False) == ("", False)
    assert loss_from_unknown_type(TypeName("int4"), explicitly=True) == ("", False)
    assert not loss_from_unknown_type(TypeName("numeric", modifiers=(10, 2)), explicitly=False)[1]
