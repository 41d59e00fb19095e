"""What `lint --fix` makes of a migration: it parses, answers its finding, raises none, and changes nothing else."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from rowkeep.analysis import LintOptions, analyze
from rowkeep.analysis.analyzer import Analyzer
from rowkeep.config import Settings
from rowkeep.database.catalog import fingerprint
from rowkeep.database.connection.session import connect
from rowkeep.database.store import environment
from rowkeep.domain.history.environment import EnvironmentKind
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.lint.finding import Category, LintResult, Severity
from rowkeep.domain.lint.fix_result import FixResult
from rowkeep.domain.migration import Migration
from rowkeep.domain.plan import Action, Request
from rowkeep.domain.schema.schema_state import SchemaState
from rowkeep.files import read_directory
from rowkeep.files.filesystem.write_set import write_changes as write
from rowkeep.files.select import select_migrations
from rowkeep.parse import parse_section
from rowkeep.workflows.fix import fix_migrations
from rowkeep.workflows.migrate import migrate

GIVEN = """\
-- Up Migration
CREATE TABLE p (id bigint PRIMARY KEY, n int);
CREATE TABLE orders (id bigint NOT NULL, email text, n int, p_id bigint);
CREATE TABLE old (a int);
CREATE TABLE keyless (a int, b int);
CREATE INDEX orders_n_idx ON orders (n);
CREATE MATERIALIZED VIEW mv AS SELECT n FROM orders;
CREATE UNIQUE INDEX mv_n ON mv (n);
CREATE TABLE par (a int) PARTITION BY RANGE (a);
CREATE TABLE par1 PARTITION OF par FOR VALUES FROM (1) TO (9);
CREATE INDEX orders_mail ON orders (email DESC);
CREATE TABLE "Tables, of which one has a näme that is by far too long"
  (a_column_whose_name_is_long int, "Another one, which is longer" int);
INSERT INTO p SELECT i, i FROM generate_series(1, 5) AS i;
INSERT INTO orders SELECT i, 'm' || i, i, i FROM generate_series(1, 5) AS i;
INSERT INTO keyless SELECT i, i FROM generate_series(1, 5) AS i;
INSERT INTO par VALUES (3);
REFRESH MATERIALIZED VIEW mv;
"""
LONG = '"Tables, of which one has a näme that is by far too long"'
CASES = {
    "index": ("index-blocks-writes", "CREATE INDEX orders_email ON orders (email);", 1),
    "unique index": ("index-blocks-writes", "CREATE UNIQUE INDEX orders_email ON orders (email) WHERE n > 0;", 1),
    "index and others": (
        "index-blocks-writes",
        (
            "CREATE TABLE IF NOT EXISTS x (a int);\n-- why\nCREATE INDEX i1 ON orders (email); -- so\n"
            "COMMENT ON TABLE p IS 'p';\nCREATE INDEX i2 ON p (n);"
        ),
        3,
    ),
    "index that is used": (
        "index-blocks-writes",
        "CREATE INDEX i1 ON orders (email);\nCOMMENT ON INDEX i1 IS 'mail';",
        2,
    ),
    "drop index": ("drop-index-blocks-everything", "DROP INDEX orders_n_idx;", 1),
    "reindex": ("reindex-blocks-writes", "REINDEX TABLE orders;", 1),
    "refresh": ("refresh-blocks-readers", "REFRESH MATERIALIZED VIEW mv;", 1),
    "detach": ("detach-blocks-everything", "ALTER TABLE par DETACH PARTITION par1;", 1),
    "foreign key": (
        "foreign-key-blocks-writes",
        "ALTER TABLE orders ADD FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE CASCADE;",
        2,
    ),
    "two foreign keys": (
        "foreign-key-blocks-writes",
        (
            "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p (id);\n"
            "ALTER TABLE orders ADD FOREIGN KEY (id) REFERENCES p;"
        ),
        2,
    ),
    "check": ("check-blocks-everything", "ALTER TABLE orders ADD CHECK (n > 0), ADD CONSTRAINT c CHECK (id < 9);", 2),
    "check of two": ("check-blocks-everything", "ALTER TABLE orders ADD CHECK (n <= id);", 2),
    "not null": ("set-not-null-scans-table", "ALTER TABLE orders ALTER COLUMN email SET NOT NULL;", 3),
    "two not null": (
        "set-not-null-scans-table",
        "ALTER TABLE orders ALTER email SET NOT NULL;\nALTER TABLE orders ALTER n SET NOT NULL;",
        3,
    ),
    "unique": ("unique-constraint-builds-index", "ALTER TABLE orders ADD UNIQUE (email, n);", 2),
    "unique, deferrable": (
        "unique-constraint-builds-index",
        "ALTER TABLE orders ADD CONSTRAINT u UNIQUE (email) DEFERRABLE INITIALLY DEFERRED;",
        2,
    ),
    "primary key": ("primary-key-builds-index", "ALTER TABLE keyless ADD PRIMARY KEY (a, b);", 4),
    "default": (
        "column-default-rewrites-table",
        "ALTER TABLE p ADD COLUMN at timestamptz DEFAULT clock_timestamp();",
        2,
    ),
    "default, not null": (
        "column-default-rewrites-table",
        "ALTER TABLE p ADD COLUMN at timestamptz NOT NULL DEFAULT clock_timestamp();",
        5,
    ),
    "several clauses": (
        "set-not-null-scans-table",
        (
            "ALTER TABLE ONLY public.orders ADD CHECK (n > 0), -- because\n  ALTER email SET NOT NULL,\n"
            "  ADD COLUMN note text, ADD CONSTRAINT u UNIQUE (n) INCLUDE (email) WITH (fillfactor = 70); -- so"
        ),
        4,
    ),
    "clauses in their own order": (
        "check-blocks-everything",
        "ALTER TABLE orders ADD CONSTRAINT c CHECK (extra IS NULL), ADD extra int, DROP CONSTRAINT IF EXISTS c;",
        2,
    ),
    "two not null in one": (
        "set-not-null-scans-table",
        "ALTER TABLE orders ALTER email SET NOT NULL, ALTER COLUMN n SET NOT NULL;",
        3,
    ),
    "not null, perhaps": (
        "set-not-null-scans-table",
        "ALTER TABLE IF EXISTS orders /* one */ ALTER email SET NOT NULL /* two */;",
        3,
    ),
    "reference at the column": (
        "reference-column-locks-both-tables",
        "ALTER TABLE orders ADD COLUMN x bigint REFERENCES p (id) ON DELETE SET NULL DEFERRABLE;",
        2,
    ),
    "everything at the column": (
        "unique-column-builds-index",
        (
            "ALTER TABLE orders ADD COLUMN x bigint CONSTRAINT pos CHECK (x > 0) UNIQUE CONSTRAINT fk"
            " REFERENCES p (id) ON UPDATE SET DEFAULT NULL, ADD y int DEFAULT 4 NOT NULL CHECK (y < 9);"
        ),
        5,
    ),
    "serial": ("serial-column-rewrites-table", "ALTER TABLE p ADD COLUMN s serial;", 5),
    "index without a name": ("index-blocks-writes", "CREATE INDEX ON orders (email, n DESC);", 1),
    "two indexes dropped": ("drop-index-blocks-everything", "DROP INDEX orders_n_idx, orders_mail;", 2),
    "names that are cut": (
        "unique-constraint-builds-index",
        (
            f'ALTER TABLE {LONG} ADD UNIQUE (a_column_whose_name_is_long, "Another one, which is longer");\n'
            f"ALTER TABLE {LONG} ADD CHECK (a_column_whose_name_is_long > 0);\n"
            f'ALTER TABLE {LONG} ALTER "Another one, which is longer" SET NOT NULL;\n'
            f'CREATE INDEX ON {LONG} ("Another one, which is longer");'
        ),
        5,
    ),
    "table": ("create-table-not-repeatable", "CREATE TABLE x (a int);", 1),
    "column": ("add-column-not-repeatable", "ALTER TABLE orders ADD note text, ADD COLUMN more int;", 1),
}
# NOT NULL NOT VALID needs no CHECK, and no file in which it goes.
ON_18 = {
    "not null": 2,
    "two not null": 2,
    "two not null in one": 2,
    "not null, perhaps": 2,
    "several clauses": 4,
    "names that are cut": 4,
}
RETIRED = {
    "drop table": ("drop-table", "DROP TABLE keyless;", "SELECT count(*) FROM retired.keyless", 5),
    "drop column": ("drop-column", "ALTER TABLE orders DROP COLUMN id;", "SELECT count(id_retired) FROM orders", 5),
}


def project(root: Path, text: str) -> Path:
    home = root / "migrations"
    home.mkdir(parents=True)
    (home / "1700000000000_given.sql").write_text(GIVEN)
    (home / "1700000000100_case.sql").write_text(text)
    (home / "1700000000200_next.sql").write_text("-- Up Migration\nSELECT 1;\n")
    return home


def settings(home: Path) -> Settings:
    return Settings(migrations_dir=str(home))


def wanted(home: Path) -> list[str]:
    return [str(path) for path in sorted(home.glob("*.sql")) if "given" not in path.name and "next" not in path.name]


def result(home: Path, major: int = 14) -> LintResult:
    migrations = read_directory(str(home)).migrations
    names = {Path(path).stem for path in wanted(home)}
    return analyze(migrations, LintOptions(only=names, major=major))


def fix(home: Path, major: int = 14) -> FixResult:
    found = fix_migrations(select_migrations(wanted(home)), LintOptions(major=major), settings(home))
    write([(each.path, each.old, each.new) for each in found.files])
    return found


def up(home: Path, conninfo: str) -> None:
    migrate(settings(home), conninfo, Request(Action.UP), lambda: RunMetadata("test"), lambda event: None)


def everything(conninfo: str) -> tuple[str, dict[str, list[object]]]:
    """The digest of the structure, and the rows of every table."""
    with connect(conninfo) as session:
        digest = fingerprint.read_structure(session).digest
        # A volatile default gives every row, and every run, another value: filled or not is what counts.
    with psycopg.connect(conninfo) as connection:
        tables = connection.execute(
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname = 'public' AND relkind IN ('r', 'm') AND relname <> 'pgmigrations' ORDER BY 1"
        ).fetchall()
        rows = {
            name: connection.execute(
                f"SELECT (to_jsonb(t) - 'at')::text, to_jsonb(t)->'at' = 'null' FROM {name} t ORDER BY 1"
            ).fetchall()
            for (name,) in tables
        }
    return digest, rows


def section(text: str) -> str:
    return f"-- Up Migration\n{text}\n\n-- Down Migration\n"


@pytest.mark.parametrize("major", [14, 18])
@pytest.mark.parametrize("case", [*CASES, *RETIRED])
def test_a_fix_answers_its_finding_and_raises_none(case: str, major: int, tmp_path: Path) -> None:
    rule, text, count, *_ = CASES[case] if case in CASES else (*RETIRED[case][:2], 1)
    home = project(tmp_path, section(text))
    before = {finding.rule for finding in result(home, major).counting}
    assert rule in before
    found = fix(home, major)
    assert found.answered
    after = result(home, major).counting
    assert rule not in {finding.rule for finding in after}
    graver = [each for each in after if each.severity is not Severity.NOTE]
    new = [each for each in graver if each.rule not in before and each.rule != "unique-index-may-fail"]
    if case in RETIRED:
        # The running application misses a retired column as it would miss a dropped one.
        new = [each for each in new if each.category is not Category.COMPATIBILITY]
    assert not new, new
    assert len(wanted(home)) == (ON_18.get(case, count) if major == 18 else count), wanted(home)
    for migration in read_directory(str(home)).migrations:
        assert not parse_section(migration.up).problems
        assert not migration.obstacles
    again = fix(home, major)
    assert again.files == ()


@pytest.fixture
def two(server: object, database: str) -> tuple[str, str]:
    """Two empty databases."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE DATABASE twin TEMPLATE template0")
    return database, server.conninfo("twin")  # type: ignore[attr-defined]


@pytest.mark.majors(14, 18)
@pytest.mark.parametrize("case", CASES)
def test_a_fix_makes_the_same_database(case: str, server: object, two: tuple[str, str], tmp_path: Path) -> None:
    text = section(CASES[case][1])
    plain, safe = project(tmp_path / "plain", text), project(tmp_path / "safe", text)
    assert fix(safe, server.major).files  # type: ignore[attr-defined]
    up(plain, two[0])
    up(safe, two[1])
    if case == "detach":
        # DETACH CONCURRENTLY leaves the partition's bound behind as a CHECK (its manual page says so).
        with psycopg.connect(two[1], autocommit=True) as connection:
            connection.execute("ALTER TABLE par1 DROP CONSTRAINT par1_a_check")
    assert everything(two[0]) == everything(two[1])


@pytest.mark.parametrize("case", RETIRED)
def test_what_is_retired_keeps_its_rows(case: str, database: str, tmp_path: Path) -> None:
    _, text, question, count = RETIRED[case]
    home = project(tmp_path, section(text))
    assert fix(home).files
    up(home, database)
    with psycopg.connect(database) as connection:
        assert connection.execute(question).fetchone() == (count,)


def test_batches_reach_every_row(database: str, tmp_path: Path) -> None:
    home = project(tmp_path, section(CASES["default, not null"][1]))
    with (home / "1700000000000_given.sql").open("a") as file:
        file.write("INSERT INTO p SELECT i * 3, i FROM generate_series(2, 12001) AS i;\n")
    assert fix(home).files
    up(home, database)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*), count(at), count(DISTINCT at) > 1 FROM p").fetchone() == (
            12005,
            12005,
            True,
        )


def test_down_and_up_again(database: str, tmp_path: Path) -> None:
    text = f"{section(CASES['foreign key'][1])}ALTER TABLE orders DROP CONSTRAINT orders_p_id_fkey;\n"
    home = project(tmp_path, text)
    (home / "1700000000200_next.sql").unlink()
    assert fix(home).files
    up(home, database)
    there = everything(database)
    with connect(database) as session:
        environment.mark_environment(session, EnvironmentKind.DEVELOPMENT)
    for _ in range(2):
        migrate(settings(home), database, Request(Action.DOWN), lambda: RunMetadata("test"), lambda event: None)
    assert everything(database) != there
    up(home, database)
    assert everything(database) == there


@pytest.mark.majors(14, 18)
@pytest.mark.parametrize(
    ("up_text", "down_text", "question"),
    [
        (
            "DROP TABLE /* old */ keyless;",
            "CREATE TABLE keyless (a int, b int);\nCREATE INDEX k ON keyless (a); -- it had one",
            "SELECT count(*) FROM keyless",
        ),
        (
            "ALTER TABLE orders DROP email;",
            "ALTER TABLE orders ADD COLUMN email text NOT NULL;",
            "SELECT count(email) FROM orders",
        ),
    ],
)
def test_the_down_part_brings_back_what_was_retired(
    up_text: str, down_text: str, question: str, database: str, tmp_path: Path
) -> None:
    home = project(tmp_path, f"-- Up Migration\n{up_text}\n-- Down Migration\n{down_text}\n")
    (home / "1700000000200_next.sql").unlink()
    assert fix(home).answered
    up(home, database)
    with connect(database) as session:
        environment.mark_environment(session, EnvironmentKind.DEVELOPMENT)
    migrate(settings(home), database, Request(Action.DOWN), lambda: RunMetadata("test"), lambda event: None)
    with psycopg.connect(database) as connection:
        assert connection.execute(question).fetchone() == (5,)
    up(home, database)


@pytest.mark.parametrize(
    ("up_text", "down_text", "wanted_text"),
    [
        (
            "CREATE INDEX i1 ON orders (email);\nCREATE INDEX i2 ON p (n);",
            "DROP INDEX i1;\nDROP INDEX i2; -- so",
            "DROP INDEX CONCURRENTLY IF EXISTS i1;\n",
        ),
        (
            "DROP INDEX orders_n_idx;",
            "CREATE INDEX orders_n_idx ON orders (n);",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_n_idx ON orders (n);\n",
        ),
        # What another file does, it undoes itself.
        (
            "ALTER TABLE p ADD y int;\nCREATE INDEX i1 ON orders (email);",
            "DROP INDEX i1;\nALTER TABLE p DROP COLUMN y;",
            "ALTER TABLE p DROP COLUMN y;\n",
        ),
    ],
)
def test_a_down_part_is_mended_where_it_stays_in_one_piece(
    up_text: str, down_text: str, wanted_text: str, tmp_path: Path
) -> None:
    home = project(tmp_path, f"-- Up Migration\n{up_text}\n-- Down Migration\n{down_text}\n")
    assert fix(home).answered
    text = (home / "1700000000100_case.sql").read_text()
    assert text.split("-- Down Migration\n")[1] == wanted_text


def test_line_ends_stay_what_they_were_where_the_last_statement_moves(tmp_path: Path) -> None:
    """A section may end between the \\r and the \\n before the marker of the down part."""
    home = project(tmp_path, "")
    up_text = "ALTER TABLE p ADD y int;\nCREATE INDEX i1 ON orders (email);"
    text = f"-- Up Migration\n{up_text}\n-- Down Migration\nDROP INDEX i1;\nALTER TABLE p DROP COLUMN y;\n"
    (home / "1700000000100_case.sql").write_bytes(text.replace("\n", "\r\n").encode())
    assert len(fix(home).files) == 2
    for file in home.glob("17000000001*.sql"):
        written = file.read_bytes()
        assert written.count(b"\n") == written.count(b"\r\n") > 0, file.name


def test_two_columns_that_one_statement_brings_back_are_not_both_retired(database: str, tmp_path: Path) -> None:
    """Only one of them can be retired: the down part's statement would bring the other one back empty."""
    up_text = "ALTER TABLE orders DROP COLUMN email, DROP COLUMN p_id;"
    down_text = "ALTER TABLE orders ADD COLUMN p_id bigint, ADD COLUMN email text;"
    home = project(tmp_path, f"-- Up Migration\n{up_text}\n-- Down Migration\n{down_text}\n")
    (home / "1700000000200_next.sql").unlink()
    fix(home)
    text = (home / "1700000000100_case.sql").read_text()
    assert text.count("RENAME COLUMN") in (0, 2), text
    up(home, database)
    with connect(database) as session:
        environment.mark_environment(session, EnvironmentKind.DEVELOPMENT)
    migrate(settings(home), database, Request(Action.DOWN), lambda: RunMetadata("test"), lambda event: None)
    up(home, database)


def test_tables_of_one_name_in_two_schemas_are_two(tmp_path: Path) -> None:
    home = project(tmp_path, section("DROP TABLE keyless;"))
    given = home / "1700000000000_given.sql"
    given.write_text(f"{given.read_text()}\nCREATE SCHEMA retired;\nCREATE TABLE retired.keyless (a int);\n")
    assert fix(home).answered
    assert "ALTER TABLE keyless SET SCHEMA retired_2;" in (home / "1700000000100_case.sql").read_text()


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE orders DROP COLUMN n;\nCREATE INDEX orders_n_idx ON orders (email);",
        "ALTER TABLE orders DROP COLUMN code;\nALTER TABLE orders ADD COLUMN code int UNIQUE;",
        "ALTER TABLE orders DROP COLUMN code;\nALTER TABLE orders ADD CONSTRAINT orders_code_key UNIQUE (email);",
    ],
)
def test_a_column_is_not_retired_where_the_name_of_its_index_is_given_again(text: str, tmp_path: Path) -> None:
    """The old index would keep the name, and CREATE INDEX IF NOT EXISTS would make none."""
    home = project(tmp_path, section(text))
    given = home / "1700000000000_given.sql"
    given.write_text(f"{given.read_text()}\nALTER TABLE orders ADD COLUMN code text UNIQUE;\n")
    fix(home)
    assert not any("_retired" in each.read_text() for each in home.glob("*.sql"))


@pytest.mark.parametrize(
    ("up_text", "down_text"),
    [
        (
            "ALTER TABLE par DETACH PARTITION par1;\nDROP TABLE par1;",
            "CREATE TABLE par1 PARTITION OF par FOR VALUES FROM (1) TO (9);",
        ),
        (
            "ALTER TABLE kid NO INHERIT base;\nDROP TABLE kid;",
            "CREATE TABLE kid () INHERITS (base);",
        ),
    ],
)
def test_a_detached_table_is_not_retired_where_the_down_part_attaches_it(
    up_text: str, down_text: str, tmp_path: Path
) -> None:
    home = project(tmp_path, f"-- Up Migration\n{up_text}\n-- Down Migration\n{down_text}\n")
    given = home / "1700000000000_given.sql"
    given.write_text(f"{given.read_text()}\nCREATE TABLE base (a int);\nCREATE TABLE kid () INHERITS (base);\n")
    fix(home)
    assert not any("SET SCHEMA" in each.read_text() for each in home.glob("*.sql"))


def test_a_directory_is_judged_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a migration costs does not grow with what stands before it."""
    home = project(tmp_path, section("SELECT 1;"))
    for number in range(40):
        text = f"ALTER TABLE orders ADD CONSTRAINT c{number} CHECK (n > {number});"
        (home / f"17000000003{number:02}0_x.sql").write_text(section(text))
    read: list[str] = []
    analyzed = Analyzer.migration

    def counted(self: Analyzer, migration: Migration, number: int, known: SchemaState, *, wanted: bool) -> None:
        read.append(migration.name)
        analyzed(self, migration, number, known, wanted=wanted)

    monkeypatch.setattr(Analyzer, "migration", counted)
    found = fix_migrations(select_migrations([str(home)]), LintOptions(), settings(home))
    assert sum("VALIDATE" in each.new for each in found.files) == 40
    assert len(read) <= 40 * 8


def test_a_name_that_is_taken_is_not_given_again(tmp_path: Path) -> None:
    text = section("ALTER TABLE orders ADD CHECK (n > 0);\nALTER TABLE orders ADD CHECK (n < 100);")
    home = project(tmp_path, text)
    assert fix(home).files == ()


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN;\nALTER TABLE orders ADD CONSTRAINT c CHECK (n > 0);\nCOMMIT;",
        "LOCK TABLE p;\nALTER TABLE orders ADD CONSTRAINT c CHECK (n > 0);",
        "SET search_path = public;\nALTER TABLE orders ADD CONSTRAINT c CHECK (n > 0);",
        "ALTER TABEL x;\nALTER TABLE orders ADD CONSTRAINT c CHECK (n > 0);",
        "DO $$ BEGIN ALTER TABLE orders ADD CONSTRAINT c CHECK (n > 0); END $$;",
        "-- rowkeep: allow check-blocks-everything because small\nALTER TABLE orders ADD CONSTRAINT c CHECK (n > 0);",
        "CREATE INDEX par_a ON par (a);",
        "DROP TABLE orders CASCADE;",
    ],
)
def test_what_is_left_alone(text: str, tmp_path: Path) -> None:
    home = project(tmp_path, section(text))
    assert not any("VALIDATE" in each.new or "CONCURRENTLY" in each.new for each in fix(home).files)
