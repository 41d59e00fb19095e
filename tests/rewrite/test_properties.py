"""For any mix of statements: what is not edited stays, no statement is lost, and a second fix finds nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from rowkeep.analysis import LintOptions, analyze
from rowkeep.config import Settings
from rowkeep.files import read_text
from rowkeep.files.order import sort_names
from rowkeep.files.select import select_migrations
from rowkeep.parse import parse_section
from rowkeep.rewrite import compose_files, find_recipes, read_schema_before
from rowkeep.workflows.fix import fix_migrations

TABLES = ("orders", "public.users", '"Odd"')
STATEMENTS = (
    "CREATE INDEX {i} ON {t} (a)",
    "create unique index {i} on {t} (a) where b > 0",
    "ALTER TABLE {t} ADD CONSTRAINT {i} CHECK (a > 0 /* ; */)",
    "ALTER TABLE {t}\n  ADD CONSTRAINT {i} FOREIGN KEY (a) REFERENCES p (id)",
    "ALTER TABLE {t} ALTER COLUMN a SET NOT NULL",
    "ALTER TABLE {t} ADD CONSTRAINT {i} UNIQUE (a, b)",
    "ALTER TABLE {t} ADD CONSTRAINT {i} PRIMARY KEY (a)",
    "ALTER TABLE {t} ADD COLUMN {i} text DEFAULT ';-- é'",
    "DROP INDEX {i}",
    "DROP TABLE {t}",
    "ALTER TABLE {t} DROP COLUMN b",
    "UPDATE {t} SET a = 1 WHERE b = 2",
    "DO $$ BEGIN PERFORM 1; END $$",
    "COMMENT ON TABLE {t} IS 'it''s; so'",
    "SELECT 'é😀'",
    "LOCK TABLE {t}",
    "SET lock_timeout = '2s'",
)
BETWEEN = (";\n", "; ", " ;\n\n", "; -- trail; é\n", ";\n-- lead 😀\n", ";\n/* block\n; */ ", ";\r\n")


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A migration of up to six statements, with or without markers."""
    told = "-- Up Migration\n" if draw(st.booleans()) else ""
    for number in range(draw(st.integers(1, 6))):
        statement = draw(st.sampled_from(STATEMENTS))
        told += statement.format(t=draw(st.sampled_from(TABLES)), i=f"i{number}") + draw(st.sampled_from(BETWEEN))
    return told + (draw(st.sampled_from(("", "-- Down Migration\nSELECT 1;\n"))) if told.startswith("-- Up") else "")


@settings(max_examples=120, deadline=None)
@given(texts())
def test_what_is_not_edited_stays(text: str) -> None:
    migration = read_text("1_x.sql", text, "node-pg-migrate")
    parsed = parse_section(migration.up)
    result = analyze([migration])
    possible = find_recipes(migration, parsed, result, read_schema_before([migration]), major=14)
    told = compose_files(migration, parsed, possible)
    results = [told.text, *(part.text for part in told.parts)]
    touched = {unit.index for unit in told.units}
    whole = "\n".join(results).replace("\r\n", "\n")
    for number, statement in enumerate(parsed.statements):
        if number not in touched:
            assert whole.count(statement.text) >= 1, statement.text
    assert sorted(whole.count(sign) for sign in ("-- trail; é", "-- lead 😀", "/* block\n; */")) == sorted(
        text.replace("\r\n", "\n").count(sign) for sign in ("-- trail; é", "-- lead 😀", "/* block\n; */")
    )
    for part in results:
        assert not parse_section(read_text("1_x.sql", part, "node-pg-migrate").up).problems
    if not told.units:
        assert told.text == text
        assert not told.parts


@settings(max_examples=40, deadline=None)
@given(texts())
def test_a_second_fix_finds_nothing_and_the_order_is_kept(text: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        path = Path(home, "0007_x.sql")
        path.write_bytes(text.encode())
        Path(home, "0008_y.sql").write_text("SELECT 1;\n")
        found = fix_migrations(
            select_migrations([str(path)], "node-pg-migrate"), LintOptions(), Settings(migrations_dir=home)
        )
        for each in found.files:
            Path(each.path).write_bytes(each.new.encode())
        mine = [str(each) for each in Path(home).iterdir() if not each.name.startswith("0008")]
        names = sort_names([each.name for each in Path(home).iterdir()])
        assert (names[0], names[-1]) == ("0007_x.sql", "0008_y.sql")
        again = fix_migrations(
            select_migrations(mine, "node-pg-migrate"), LintOptions(), Settings(migrations_dir=home)
        )
        assert again.files == ()
