"""A type change over domains, casts and time zones: the analysis agrees with servers."""

from __future__ import annotations

import psycopg
import pytest

from rowkeep.domain.migration import Section
from rowkeep.domain.operation import ChangeType, TypeName
from rowkeep.domain.schema.schema_state import KnownDomain
from rowkeep.domain.source import Source, Span
from rowkeep.knowledge.types.type_change import RewriteNeed, TypeChange
from rowkeep.parse import parse_section

VARCHAR = TypeName("varchar", modifiers=(20,))
DOMAINS = {
    "nick": KnownDomain(("public", "nick"), VARCHAR),
    "long_nick": KnownDomain(("public", "long_nick"), TypeName("varchar", modifiers=(50,))),
    "words": KnownDomain(("public", "words"), TypeName("text")),
    "positive": KnownDomain(("public", "positive"), TypeName("int4"), is_constrained=True),
    "small_positive": KnownDomain(("public", "small_positive"), TypeName("positive"), is_constrained=True),
}
MADE = """
    CREATE DOMAIN nick AS varchar(20);
    CREATE DOMAIN long_nick AS varchar(50);
    CREATE DOMAIN words AS text;
    CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
    CREATE DOMAIN small_positive AS positive CHECK (VALUE < 10);
    CREATE TYPE mood AS ENUM ('fine');
"""
CHANGES = (
    ("varchar(20)", "varchar(40) USING c::varchar(40)"),
    ("varchar(20)", "varchar(40) USING c::text"),
    ("varchar(20)", "text USING c::varchar(40)"),
    ("varchar(20)", "text USING (c::text)::varchar(40)"),
    ("varchar(20)", "text USING lower(c)"),
    ("varchar(20)", "text USING c"),
    ("varchar(20)", "nick"),
    ("varchar(20)", "long_nick"),
    ("varchar(20)", "words"),
    ("text", "words"),
    ("text", "nick"),
    ("nick", "varchar(20)"),
    ("nick", "varchar(50)"),
    ("nick", "text"),
    ("nick", "long_nick"),
    ("nick", "nick"),
    ("words", "text"),
    ("integer", "positive"),
    ("positive", "integer"),
    ("positive", "small_positive"),
    ("small_positive", "integer"),
    ("positive", "positive"),
    ("text", "mood USING c::mood"),
    ("mood", "mood USING c::text::mood"),
    ("mood", "mood"),
    ("serial", "integer"),
    ("serial", "bigint"),
    ("timestamp", "timestamptz"),
    ("timestamptz(3)", "timestamp(6)"),
    ("timestamp", "timestamptz USING c AT TIME ZONE 'UTC'"),
)
ZONES = ("UTC", "Etc/UTC", "gmt", "Europe/Berlin", "America/New_York")


def read(words: str, old: str | None, zone: str | None) -> TypeChange:
    """The change as a migration's text tells it."""
    text = f"ALTER TABLE t ALTER COLUMN c TYPE {words}"
    operations = [
        operation
        for each in parse_section(Section(Source("t.sql", text), Span(0, len(text)))).statements
        for operation in each.operations
    ]
    operation = operations[0]
    assert isinstance(operation, ChangeType)
    before = None if old is None else TypeName(old) if old == "serial" else read(old, None, None).new
    return TypeChange.of(operation, before, zone)


@pytest.mark.majors(14, 18)
def test_the_server_does_so(database: str) -> None:
    wrong = []
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(MADE)
        for zone in ZONES:
            connection.execute("SELECT set_config('TimeZone', %s, false)", (zone,))
            for old, words in CHANGES:
                if zone not in ("UTC", "Europe/Berlin") and "timestamp" not in old:
                    continue
                connection.execute("DROP TABLE IF EXISTS t")
                connection.execute(f"CREATE TABLE t (c {old})".encode())
                before = connection.execute("SELECT pg_relation_filenode('t')").fetchone()
                connection.execute(f"ALTER TABLE t ALTER COLUMN c TYPE {words}".encode())
                rewritten = before != connection.execute("SELECT pg_relation_filenode('t')").fetchone()
                said = read(words, old, zone).rewrites(lambda kind: DOMAINS.get(kind.name))
                if said is not (RewriteNeed.YES if rewritten else RewriteNeed.NO):
                    wrong.append(f"{old} to {words} in {zone}: rewritten: {rewritten}, said: {said}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("bigint", RewriteNeed.YES),
        ("jsonb", RewriteNeed.YES),
        ("char(10)", RewriteNeed.YES),
        ("positive", RewriteNeed.YES),
        ("mood USING c::text::mood", RewriteNeed.YES),
        ("text USING lower(c)", RewriteNeed.YES),
        ("varchar(40)", RewriteNeed.MAYBE),
        ("numeric(10,2)", RewriteNeed.MAYBE),
        ("timestamptz", RewriteNeed.MAYBE),
        ("mood", RewriteNeed.MAYBE),
        ("text", RewriteNeed.HARDLY),
        ("varchar", RewriteNeed.HARDLY),
        ("words", RewriteNeed.HARDLY),
    ],
)
def test_what_nobody_knows_the_type_of(words: str, said: RewriteNeed) -> None:
    assert read(words, None, None).rewrites(lambda kind: DOMAINS.get(kind.name)) is said


def test_the_zone_decides_only_where_it_matters() -> None:
    assert read("timestamptz", "timestamp", None).rewrites(lambda kind: None) is RewriteNeed.MAYBE
    assert read("timestamptz(3)", "timestamp", None).rewrites(lambda kind: None) is RewriteNeed.YES
    assert read("timestamptz", None, "Europe/Berlin").rewrites(lambda kind: None) is RewriteNeed.YES
