"""Each section of a project is parsed once in a run, however many stages read it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from rowkeep.parse import libpg_query, section

TABLES = """-- Up Migration
CREATE TABLE users (id bigint PRIMARY KEY, email text);
CREATE FUNCTION lower_email() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.email := lower(NEW.email); RETURN NEW; END $$;
CREATE TRIGGER lower_email BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION lower_email();
-- Down Migration
DROP TABLE users;
DROP FUNCTION lower_email();
"""
ORDERS = """-- Up Migration
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint);
-- rowkeep: allow index-blocks-writes because the table is small
CREATE INDEX users_email ON users (email);
-- Down Migration
DROP INDEX users_email;
DROP TABLE orders;
"""
AGE = """-- Up Migration
UPDATE users SET email = 'x' WHERE id = 1;
ALTER TABLE users ADD COLUMN age integer;
-- Down Migration
ALTER TABLE users DROP COLUMN age;
"""


class Calls:
    """texts: how often the parser was given a text. files: how often a section was parsed, by its file's text."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: Counter[str] = Counter()
        self.files: Counter[tuple[str, str, int]] = Counter()
        parse_section, parse_statements = section._parse, libpg_query.parse_statements

        def count_section(part: section.Section) -> section.Parsed:
            self.files[part.source.path, part.source.text, part.span.start] += 1
            return parse_section(part)

        def count_text(text: str) -> list[libpg_query.Node]:
            self.texts[text] += 1
            return parse_statements(text)

        monkeypatch.setattr(section, "_parse", count_section)
        monkeypatch.setattr(libpg_query, "parse_statements", count_text)

    def of(self, home: Path, *, rewritten: bool = False) -> Counter[tuple[str, int]]:
        """The sections of the files of `home`, by file name and place; or else of what `lint --fix` makes of them."""
        on_disk = {path.read_text() for path in home.glob("*.sql")}
        found: Counter[tuple[str, int]] = Counter()
        for (path, text, start), count in self.files.items():
            if path.endswith(".sql") and (text not in on_disk) is rewritten:
                found[Path(path).name, start] += count
        return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "migrations"
    home.mkdir()
    for name, text in (("1000_tables.sql", TABLES), ("2000_orders.sql", ORDERS), ("3000_age.sql", AGE)):
        (home / name).write_text(text)
    return home


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    return Calls(monkeypatch)


def both_parts(*files: str) -> set[tuple[str, int]]:
    texts = {"1000_tables.sql": TABLES, "2000_orders.sql": ORDERS, "3000_age.sql": AGE}
    return {(name, start) for name in files for start in (0, texts[name].index("-- Down Migration"))}


ALL = both_parts("1000_tables.sql", "2000_orders.sql", "3000_age.sql")


@pytest.mark.parametrize("output_format", ["full", "sarif"])
def test_lint(run: Run, home: Path, calls: Calls, output_format: str) -> None:
    """The format `sarif` holds fixes, which are found in the same pass."""
    assert run("lint", "--output-format", output_format).code == 0
    assert calls.of(home) == dict.fromkeys(ALL, 1)
    assert set(calls.texts.values()) == {1}


def test_lint_fix_parses_each_rewritten_file_once(run: Run, home: Path, calls: Calls) -> None:
    """A rewritten file is a new text: it is parsed to prove that it has fewer findings, however often it is tried."""
    run("lint", "--diff", "migrations")
    assert calls.of(home) == dict.fromkeys(ALL, 1)
    assert calls.of(home, rewritten=True).total() > 0
    assert set(calls.files.values()) == {1}


@pytest.mark.majors(17)
def test_plan(run: Run, home: Path, calls: Calls, database: str) -> None:
    """Its safe forms are new texts, as of `lint --fix`."""
    assert run("plan", "--database", database).code == 0
    assert calls.of(home) == dict.fromkeys(ALL, 1)
    assert set(calls.files.values()) == {1}


@pytest.mark.majors(17)
def test_up_in_production(run: Run, home: Path, calls: Calls, database: str) -> None:
    """In production lint judges what `up` is about to run, by its text and by what the database holds."""
    assert run("up", "1", "--database", database).code == 0
    calls.files.clear(), calls.texts.clear()
    assert run("up", "--database", database).code == 0
    assert calls.of(home) == dict.fromkeys(both_parts("2000_orders.sql", "3000_age.sql"), 1)
    assert set(calls.files.values()) == {1}
    assert calls.texts["SELECT lower(NEW.email)"] == 1, "the function that the trigger of the database calls"


@pytest.mark.majors(17)
@pytest.mark.parametrize("stop", ["--plan", "--yes"])
def test_deploy(run: Run, home: Path, calls: Calls, database: str, stop: str) -> None:
    """Plan, lint, witness, safe forms, rehearsal and apply read the same parsed sections."""
    assert run("up", "1", "--database", database).code == 0
    calls.files.clear(), calls.texts.clear()
    ran = run("deploy", stop, "--database", database)
    assert ran.code == 0, ran.err
    pending = both_parts("2000_orders.sql", "3000_age.sql")
    found = calls.of(home)
    assert {key: found[key] for key in pending} == dict.fromkeys(pending, 1)
    assert set(calls.files.values()) == {1}
