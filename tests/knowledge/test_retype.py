"""A type change over domains, casts and time zones: asked of servers, told the same from the text."""

from __future__ import annotations

import psycopg
import pytest

from rowkeep.domain.act import ChangeType, TypeName
from rowkeep.domain.known import KnownDomain
from rowkeep.domain.migration import Section
from rowkeep.domain.source import Source, Span
from rowkeep.knowledge.retype import Retype, Rewrite
from rowkeep.parse import parse

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


def read(words: str, old: str | None, zone: str | None) -> Retype:
    """The change as a migration's text tells it."""
    text = f"ALTER TABLE t ALTER COLUMN c TYPE {words}"
    acts = [act for each in parse(Section(Source("t.sql", text), Span(0, len(text)))).statements for act in each.acts]
    act = acts[0]
    assert isinstance(act, ChangeType)
    before = None if old is None else TypeName(old) if old == "serial" else read(old, None, None).new
    return Retype.of(act, before, zone)


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
                if said is not (Rewrite.YES if rewritten else Rewrite.NO):
                    wrong.append(f"{old} to {words} in {zone}: rewritten: {rewritten}, said: {said}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("bigint", Rewrite.YES),
        ("jsonb", Rewrite.YES),
        ("char(10)", Rewrite.YES),
        ("positive", Rewrite.YES),
        ("mood USING c::text::mood", Rewrite.YES),
        ("text USING lower(c)", Rewrite.YES),
        ("varchar(40)", Rewrite.MAYBE),
        ("numeric(10,2)", Rewrite.MAYBE),
        ("timestamptz", Rewrite.MAYBE),
        ("mood", Rewrite.MAYBE),
        ("text", Rewrite.HARDLY),
        ("varchar", Rewrite.HARDLY),
        ("words", Rewrite.HARDLY),
    ],
)
def test_what_nobody_knows_the_type_of(words: str, said: Rewrite) -> None:
    assert read(words, None, None).rewrites(lambda kind: DOMAINS.get(kind.name)) is said


def test_the_zone_decides_only_where_it_matters() -> None:
    assert read("timestamptz", "timestamp", None).rewrites(lambda kind: None) is Rewrite.MAYBE
    assert read("timestamptz(3)", "timestamp", None).rewrites(lambda kind: None) is Rewrite.YES
    assert read("timestamptz", None, "Europe/Berlin").rewrites(lambda kind: None) is Rewrite.YES
