"""Whatever unsafe statements stand together: the fix parses, answers every one of them, raises none, and is done."""

from __future__ import annotations

import tempfile
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rowkeep.analysis import LintOptions, analyze
from rowkeep.config import Settings
from rowkeep.database.catalog import fingerprint
from rowkeep.database.connection.session import connect
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.lint.finding import Category, LintResult, Severity
from rowkeep.domain.plan import Action, Request
from rowkeep.files import read_directory
from rowkeep.files.filesystem.write_set import write_changes as write
from rowkeep.files.select import select_migrations
from rowkeep.parse import parse_section
from rowkeep.workflows.fix import fix_migrations
from rowkeep.workflows.migrate import migrate

GIVEN = """\
CREATE TABLE p (id bigint PRIMARY KEY);
CREATE TABLE "Odd one" (id bigint PRIMARY KEY, a int, b int, d int, p_id bigint);
CREATE TABLE public.orders (id bigint PRIMARY KEY, a int, b int, d int, p_id bigint);
CREATE INDEX old_1 ON public.orders (b, d);
CREATE INDEX old_2 ON public.orders (d, b);
"""
ROWS = """\
INSERT INTO p VALUES (1);
INSERT INTO orders SELECT i, i, i % 8, i, 1 FROM generate_series(1, 7) AS i;
INSERT INTO "Odd one" SELECT * FROM orders;
"""
TABLES = ("orders", "public.orders", "ONLY orders", '"Odd one"')
CLAUSES = (
    "ADD CONSTRAINT {name} CHECK (a > 0 /* , */ AND b < length(';') + 9)",
    "ADD CHECK (b < 9)",
    "add constraint {name} foreign key (p_id) references p (id) on delete cascade deferrable",
    "ADD FOREIGN KEY (p_id) REFERENCES p",
    "ALTER COLUMN a SET NOT NULL",
    "alter b set not null",
    "ADD CONSTRAINT {name} UNIQUE (a, b) INCLUDE (d)",
    "ADD UNIQUE (b)",
    "ADD COLUMN {name} bigint CONSTRAINT {name}_fk REFERENCES p (id) ON UPDATE SET NULL",
    "ADD {name} text UNIQUE COLLATE \"C\" CHECK ({name} <> 'UNIQUE')",
    "ADD COLUMN {name} int CHECK ({name} > 0) NOT NULL DEFAULT (3)",
    "ADD COLUMN {name} float8 NOT NULL DEFAULT (0 * random())",
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


def heavy(result: LintResult) -> set[str]:
    """The rules of a stall or a loss, without what a fix leaves to people."""
    left = {"unique-index-may-fail", "many-tables-locked", "still-needed-by-others"}
    return {
        each.rule
        for each in result.counting
        if each.severity.weight >= Severity.WARNING.weight and each.category in (Category.LOCK, Category.DATA)
    } - left


@settings(max_examples=60, deadline=None)
@given(texts(), st.sampled_from((14, 18)))
def test_no_stall_and_no_loss_is_left(text: str, major: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        Path(home, "0001_given.sql").write_text(f"-- Up Migration\n{GIVEN}")
        path = Path(home, "0002_x.sql")
        path.write_text(f"-- Up Migration\n{text}\n-- Down Migration\n")
        options = LintOptions(major=major)
        migrations = read_directory(home).migrations
        before = heavy(analyze(migrations, LintOptions(major=major, only={"0002_x"})))
        found = fix_migrations(select_migrations([str(path)]), options, Settings(migrations_dir=home))
        assert bool(before) <= bool(found.answered)
        for each in found.files:
            Path(each.path).write_text(each.new)
        migrations = read_directory(home).migrations
        for migration in migrations:
            assert not parse_section(migration.up).problems
            assert not migration.obstacles
        names = {migration.name for migration in migrations[1:]}
        assert heavy(analyze(migrations, LintOptions(major=major, only=names))) == set()
        again = select_migrations([str(Path(home, f"{name}.sql")) for name in names])
        assert fix_migrations(again, options, Settings(migrations_dir=home)).files == ()


def applied(home: Path, given: str, text: str, conninfo: str, major: int | None) -> tuple[str, list[object]]:
    """The structure and the rows that come of `text`; of its safe form for servers of `major`, if that is given."""
    home.mkdir()
    (home / "0001_given.sql").write_text(f"-- Up Migration\n{given}")
    (home / "0002_x.sql").write_text(f"-- Up Migration\n{text}\n-- Down Migration\n")
    settings = Settings(migrations_dir=str(home))
    if major is not None:
        found = fix_migrations(select_migrations([str(home / "0002_x.sql")]), LintOptions(major=major), settings)
        write([(each.path, each.old, each.new) for each in found.files])
    migrate(settings, conninfo, Request(Action.UP), lambda: RunMetadata("test"), lambda event: None)
    with connect(conninfo) as session:
        digest = fingerprint.read_structure(session).digest
    with psycopg.connect(conninfo) as connection:
        rows = 'SELECT to_jsonb(o)::text FROM orders o UNION ALL SELECT to_jsonb(o)::text FROM "Odd one" o ORDER BY 1'
        return digest, connection.execute(rows).fetchall()


TWINS = count()


@pytest.mark.majors(14, 18)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=texts().filter(lambda text: "DROP COLUMN" not in text))
def test_the_safe_form_makes_the_same_database(text: str, server: object, database: str) -> None:
    names = [f"twin_{next(TWINS)}", f"twin_{next(TWINS)}"]
    plain, safe = (server.conninfo(name) for name in names)  # type: ignore[attr-defined]
    major = server.major  # type: ignore[attr-defined]
    with psycopg.connect(database, autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        with tempfile.TemporaryDirectory() as home:
            wanted = applied(Path(home, "plain"), GIVEN + ROWS, text, plain, None)
            assert applied(Path(home, "safe"), GIVEN + ROWS, text, safe, major) == wanted
        for name in names:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
