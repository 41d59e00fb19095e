"""Whatever unsafe statements stand together: the fix parses, answers every one of them, raises none, and is done."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from rowkeep.config import Settings
from rowkeep.domain.finding import Promise, Severity, Verdict
from rowkeep.files import read_directory
from rowkeep.files.select import select
from rowkeep.judge import Options, judge
from rowkeep.parse import parse
from rowkeep.walk.fix import fixed

GIVEN = """\
CREATE TABLE p (id bigint PRIMARY KEY);
CREATE TABLE "Odd one" (id bigint PRIMARY KEY, a int, b int, d int, p_id bigint);
CREATE TABLE public.orders (id bigint PRIMARY KEY, a int, b int, d int, p_id bigint);
CREATE INDEX old_1 ON public.orders (b, d);
CREATE INDEX old_2 ON public.orders (d, b);
"""
TABLES = ("orders", "public.orders", "ONLY orders", '"Odd one"')
CLAUSES = (
    "ADD CONSTRAINT {name} CHECK (a > 0 /* , */ AND b > ';'::text::int)",
    "ADD CHECK (b < 9)",
    "add constraint {name} foreign key (p_id) references p (id) on delete cascade deferrable",
    "ADD FOREIGN KEY (p_id) REFERENCES p",
    "ALTER COLUMN a SET NOT NULL",
    "alter b set not null",
    "ADD CONSTRAINT {name} UNIQUE (a, b) INCLUDE (d)",
    "ADD UNIQUE (b)",
    "ADD COLUMN {name} bigint CONSTRAINT {name}_fk REFERENCES p (id) ON UPDATE SET NULL",
    "ADD {name} text UNIQUE DEFAULT 'CHECK (x)'",
    "ADD COLUMN {name} int CHECK ({name} > 0) NOT NULL DEFAULT (3)",
    "ADD COLUMN {name} timestamptz NOT NULL DEFAULT clock_timestamp()",
    "ADD {name} bigserial",
    "DROP COLUMN d",
)
BETWEEN = (", ", ",\n  ", ", -- why; é\n  ", " /* so, */,\n")
OTHERS = (
    "CREATE INDEX {name} ON orders (a) WHERE b > 0",
    "CREATE UNIQUE INDEX ON orders (a, b)",
    "DROP INDEX old_1, old_2",
    "REINDEX INDEX orders_pkey",
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """One ALTER TABLE of up to four clauses, and up to two statements beside it."""
    table = draw(st.sampled_from(TABLES))
    clauses = draw(st.lists(st.sampled_from(CLAUSES), min_size=1, max_size=4, unique=True))
    told = f"ALTER TABLE {table} "
    for number, clause in enumerate(clauses):
        told += draw(st.sampled_from(BETWEEN)) if number else ""
        told += clause.format(name=f"new_{number}")
    statements = [told]
    for number, other in enumerate(draw(st.lists(st.sampled_from(OTHERS), max_size=2, unique=True))):
        statements.insert(draw(st.integers(0, 1)) * len(statements), other.format(name=f"other_{number}"))
    return ";\n".join(statements) + ";\n"


def heavy(verdict: Verdict) -> set[str]:
    """The rules of a stall or a loss, without what a fix leaves to people."""
    left = {"unique-index-may-fail", "many-tables-locked", "still-needed-by-others"}
    return {
        each.rule
        for each in verdict.counting
        if each.severity.weight >= Severity.WARNING.weight and each.promise in (Promise.LOCK, Promise.DATA)
    } - left


@settings(max_examples=60, deadline=None)
@given(texts(), st.sampled_from((14, 18)))
def test_no_stall_and_no_loss_is_left(text: str, major: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        Path(home, "0001_given.sql").write_text(f"-- Up Migration\n{GIVEN}")
        path = Path(home, "0002_x.sql")
        path.write_text(f"-- Up Migration\n{text}\n-- Down Migration\n")
        options = Options(major=major)
        migrations = read_directory(home).migrations
        before = heavy(judge(migrations, Options(major=major, only={"0002_x"})))
        found = fixed(select([str(path)]), options, Settings(migrations_dir=home))
        assert bool(before) <= bool(found.answered)
        for each in found.files:
            Path(each.path).write_text(each.new)
        migrations = read_directory(home).migrations
        for migration in migrations:
            assert not parse(migration.up).problems
            assert not migration.obstacles
        names = {migration.name for migration in migrations[1:]}
        assert heavy(judge(migrations, Options(major=major, only=names))) == set()
        again = select([str(Path(home, f"{name}.sql")) for name in names])
        assert fixed(again, options, Settings(migrations_dir=home)).files == ()
