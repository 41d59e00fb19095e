"""`lint --database`, `plan` and `deploy` on real servers: what the server refutes goes, what only it shows comes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from rowkeep.cli import run
from rowkeep.config import Settings
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.plan import Plan
from rowkeep.errors import Refused
from rowkeep.workflows.deploy import DeployRequest, StopAfter, deploy

SHOP = """
CREATE TABLE customers (id bigint PRIMARY KEY, name varchar(40), email text);
CREATE TABLE orders (
  id bigint PRIMARY KEY, customer bigint REFERENCES customers, note varchar(20), label varchar(20),
  total numeric(10,2),
  CONSTRAINT customer_there CHECK (customer IS NOT NULL)
);
CREATE VIEW labels AS SELECT id, label FROM orders;
INSERT INTO customers SELECT n, 'name' FROM generate_series(1, 100) AS n;
INSERT INTO orders SELECT n, 1 + n % 100, 'note', 'label', n FROM generate_series(1, 40000) AS n;
CREATE FUNCTION tidy() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DELETE FROM orders; END $$;
CREATE FUNCTION steady() RETURNS text STABLE LANGUAGE sql AS $$ SELECT 'x'::text $$;
CREATE FUNCTION unsteady() RETURNS text VOLATILE LANGUAGE plpgsql AS $$ BEGIN RETURN random()::text; END $$;
CREATE TYPE mood AS ENUM ('sad', 'happy');
ANALYZE;
"""
Project = Callable[..., Path]


@pytest.fixture
def shop(database: str) -> str:
    execute(database, SHOP)
    return database


@pytest.fixture
def project(project_with: Callable[[dict[str, str]], Path]) -> Project:
    """A directory of migrations with these texts."""

    def write_migrations(*texts: str) -> Path:
        return project_with(
            {f"migrations/{1700000000000 + number}_m{number}.sql": text for number, text in enumerate(texts, 1)}
        )

    return write_migrations


def execute(database: str, text: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(text)  # type: ignore[call-overload]


def lint(
    database: str, home: Path, capsys: pytest.CaptureFixture[str], *arguments: str, command: str = "lint"
) -> tuple[int, dict[str, object]]:
    paths = ("-m", str(home / "migrations"), "--output-format", "json")
    capsys.readouterr()
    code = run([command, *arguments, "--database", database, *paths])
    return code, json.loads(capsys.readouterr().out)["result"]


def told(data: dict[str, object]) -> list[str]:
    """Rules of data, lock, compatibility and transaction, with their weight."""
    found = data["findings"]
    assert isinstance(found, list)
    left_out = ("repeat", "security", "style")
    return [f"{each['severity']} {each['rule']}" for each in found if each["category"] not in left_out]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Refuted: widened, valid CHECK, steady default, small, new, nothing there.
        ("ALTER TABLE orders ALTER COLUMN note TYPE varchar(80)", []),
        ("ALTER TABLE orders ALTER COLUMN note TYPE text", []),
        ("ALTER TABLE orders ALTER COLUMN total TYPE numeric(14,2)", []),
        ("ALTER TABLE orders ALTER COLUMN customer SET NOT NULL", []),
        ("ALTER TABLE orders ADD COLUMN x text DEFAULT steady()", []),
        ("CREATE INDEX name_idx ON customers (name)", ["note index-blocks-writes"]),
        ("CREATE TABLE IF NOT EXISTS carts (id int); CREATE INDEX carts_id ON carts (id)", []),
        ("DROP TABLE IF EXISTS carts", []),
        ("ALTER TABLE IF EXISTS carts DROP COLUMN x", []),
        ("DROP INDEX IF EXISTS carts_idx", []),
        ("ALTER TABLE orders DROP COLUMN IF EXISTS x", []),
        # Certain where the text alone leaves a doubt.
        ("ALTER TABLE orders ALTER COLUMN note TYPE varchar(10)", ["error type-change-rewrites-table"]),
        (
            "CREATE TABLE IF NOT EXISTS orders (id bigint); CREATE INDEX i ON orders (id)",
            ["error index-blocks-writes"],
        ),
        ("ALTER TABLE orders ADD COLUMN x text DEFAULT unsteady()", ["error column-default-rewrites-table"]),
        # Only the server shows it.
        ("SELECT tidy()", ["error delete-all-rows"]),
        ("ALTER TABLE orders ALTER COLUMN label TYPE text", ["error type-change-of-used-column"]),
        ("ALTER TABLE carts ADD COLUMN x int", ["error no-longer-there"]),
        ("ALTER TABLE orders ALTER COLUMN x SET DEFAULT 1", ["error no-longer-there"]),
        ("DROP VIEW carts", ["error no-longer-there"]),
        ("CREATE TABLE orders (id bigint)", ["error made-already"]),
        ("ALTER TABLE orders ADD COLUMN note text", ["error made-already"]),
        ("CREATE INDEX orders_pkey ON orders (id)", ["error index-blocks-writes", "error made-already"]),
        ("DROP TABLE customers", ["error drop-table", "error still-needed-by-others"]),
        # What hides its doings leaves everything possible.
        ("DO $$ BEGIN EXECUTE current_setting('x.y'); END $$; DROP TABLE IF EXISTS carts", ["error drop-table"]),
    ],
)
def test_what_the_server_refutes_goes_and_what_it_shows_comes(
    shop: str, project: Project, capsys: pytest.CaptureFixture[str], text: str, expected: list[str]
) -> None:
    code, data = lint(shop, project(text), capsys)
    found = [each for each in told(data) if not each.endswith("dynamic-sql")]
    assert found == expected
    assert code == (1 if any("error" in each for each in told(data)) else 0)
    # The server bears it out: what is said to fail fails, and what is said to do nothing does not.
    fails = {"error no-longer-there", "error made-already", "error still-needed-by-others"} & {*expected}
    fails |= {"error type-change-of-used-column"} & {*expected}
    with psycopg.connect(shop) as connection:
        if "EXECUTE" in text:
            return
        if fails:
            with pytest.raises(psycopg.errors.Error):
                connection.execute(text)  # type: ignore[call-overload]
        else:
            connection.execute(text)  # type: ignore[call-overload]
        connection.rollback()


def test_applied_migrations_are_told_by_the_server_and_only_the_rest_is_judged(
    database: str, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    home = project("CREATE TABLE orders (note varchar(20));", "ALTER TABLE orders ALTER COLUMN note TYPE varchar(10);")
    assert run(["up", "1", "-m", str(home / "migrations"), "-d", database, "-q"]) == 0
    execute(database, "ALTER TABLE orders ALTER COLUMN note TYPE varchar(5)")  # by hand: no file tells it
    assert lint(database, home, capsys)[0] == 0
    data = lint(database, home, capsys)[1]
    assert (data["analyzed"], told(data)) == (1, [])
    assert run(["lint", "-m", str(home / "migrations"), "--database", database]) == 0
    assert "1 applied migration is skipped; --all includes applied migrations\n" in capsys.readouterr().err
    assert lint(database, home, capsys, "--all")[1]["analyzed"] == 2
    # By path, an applied one is analyzed by what the files say.
    path = home / "migrations" / "1700000000001_m1.sql"
    data = lint(database, home, capsys, str(path))[1]
    assert data["analyzed"] == 1
    assert run(["up", "-m", str(home / "migrations"), "-d", database, "-q"]) == 0
    assert lint(database, home, capsys)[1]["analyzed"] == 0


def test_a_finding_carries_the_table_in_words_and_as_data(
    shop: str, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    home = project("CREATE INDEX i ON orders (note);")
    finding = next(each for each in lint(shop, home, capsys)[1]["findings"] if each["code"] == "L001")  # type: ignore[attr-defined]
    live = finding["live"]
    assert (live["table"], live["rows"], live["indexes"], live["blocks"]) == ("orders", 40000, 1, "writes")
    assert live["bytes"] > 2_000_000 and live["seconds"] is not None
    assert finding["message"].endswith(": blocks writes for less than a second")
    assert "; orders: 40 k rows, " in finding["message"]
    code = run(["lint", "-m", str(home / "migrations"), "--database", shop, "--output-format", "sarif"])
    sarif = json.loads(capsys.readouterr().out)
    results = sarif["runs"][0]["results"]
    assert code == 1
    assert (
        next(each for each in results if each["ruleId"] == "index-blocks-writes")["properties"]["live"].keys()
        == live.keys()
    )


def test_the_limit_of_small_tables_is_a_setting(
    shop: str, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    home = project(*(f"CREATE INDEX IF NOT EXISTS i_{table} ON {table} (id);" for table in ("orders", "customers")))
    (home / "rowkeep.toml").write_text("[rules]\nsmall-table-bytes = 100_000_000\n", encoding="utf-8")
    config = ("-c", str(home / "rowkeep.toml"))
    assert told(lint(shop, home, capsys, *config)[1]) == ["note index-blocks-writes", "note index-blocks-writes"]
    (home / "rowkeep.toml").write_text("[rules]\nsmall-table-bytes = 0\n", encoding="utf-8")
    assert told(lint(shop, home, capsys, *config)[1]) == ["error index-blocks-writes", "error index-blocks-writes"]


def test_an_invalid_index_is_no_index(database: str, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    execute(database, "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        execute(database, "CREATE UNIQUE INDEX CONCURRENTLY u ON t (a)")
    home = project("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS u ON t (a);")
    code, data = lint(database, home, capsys)
    assert code == 1
    assert "error made-already" in told(data)


def test_what_a_run_has_begun_is_not_held_against_it(
    database: str, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    home = project("CREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY i ON t (a);\nSELECT 1 / 0;")
    assert run(["up", "-m", str(home / "migrations"), "-d", database, "-q"]) == 6
    capsys.readouterr()
    assert "error made-already" not in told(lint(database, home, capsys)[1])


def test_a_migration_has_the_search_path_of_the_settings(
    database: str, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(database, "CREATE SCHEMA shop; CREATE TABLE shop.orders (note varchar(20))")
    home = project("ALTER TABLE orders ALTER COLUMN note TYPE varchar(40);")
    (home / "rowkeep.toml").write_text('schemas = ["shop"]\n', encoding="utf-8")
    assert told(lint(database, home, capsys, "-c", str(home / "rowkeep.toml"))[1]) == []
    (home / "rowkeep.toml").write_text("", encoding="utf-8")
    data = lint(database, home, capsys, "-c", str(home / "rowkeep.toml"))[1]
    assert told(data) == ["error no-longer-there"]


def test_the_major_is_the_servers(database: str, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    execute(database, "CREATE TABLE t (a int, b int, CONSTRAINT b_there CHECK (b IS NOT NULL) NOT VALID)")
    with psycopg.connect(database) as connection:
        major = connection.info.server_version // 10000
    home = project("ALTER TABLE t ALTER COLUMN a SET NOT NULL;")
    (home / "rowkeep.toml").write_text("[rules]\nsmall-table-bytes = 0\npg-version = 14\n", encoding="utf-8")
    config = ("-c", str(home / "rowkeep.toml"))
    data = lint(database, home, capsys, *config)[1]
    assert data["database"]["major"] == major  # type: ignore[index]
    safe = [each["safe"] for each in data["findings"] if each["code"] == "L117"]  # type: ignore[attr-defined]
    # 18 has a NOT NULL that is NOT VALID; before it goes by a CHECK.
    assert ("CHECK" in safe[0]) is (major < 18)
    data = lint(database, home, capsys, *config, "--pg-version", "17")[1]
    assert "CHECK" in next(each["safe"] for each in data["findings"] if each["code"] == "L117")  # type: ignore[attr-defined]


def test_plan_says_what_deploy_would(shop: str, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    home = project("ALTER TABLE orders ALTER COLUMN note TYPE text;", "CREATE INDEX i ON orders (note);")
    code, data = lint(shop, home, capsys, command="plan")
    assert (code, told(data)) == (0, ["error index-blocks-writes"])


def test_deploy_follows_the_server(shop: str, tmp_path: Path, project: Project) -> None:
    def deployed(text: str) -> list[str]:
        """The steps of a deploy that stops behind its plan, which lint has let through."""
        home, plans = project(text), list[Plan]()
        settings = Settings(migrations_dir=str(home / "migrations"), backups_dir=str(tmp_path / "b"))
        deploy(
            settings,
            shop,
            DeployRequest(stop=StopAfter.PLAN),
            RunMetadata,
            approve=plans.append,
            emit=lambda event: None,
        )
        return [step.name for step in plans[0].steps]

    # An error by the text, and a table of 100 rows.
    assert deployed("CREATE INDEX i ON customers (name);") == ["1700000000001_m1"]
    # A warning by the text, and a column that would be narrower.
    with pytest.raises(Refused, match="lint found 1 error"):
        deployed("ALTER TABLE orders ALTER COLUMN note TYPE varchar(10);")


def test_no_value_means_the_configured_database_and_a_path_is_a_path(
    shop: str, project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = project("ALTER TABLE orders ALTER COLUMN note TYPE text;")
    monkeypatch.setenv("DATABASE_URL", shop)
    monkeypatch.chdir(home)
    for words in (("--database",), ("--database", "migrations/1700000000001_m1.sql"), ("-d", "migrations")):
        assert run(["lint", *words]) == 0
        assert "nothing found in 1 migration" in capsys.readouterr().out
    assert run(["lint"]) == 0
    assert "type-change-rewrites-table" in capsys.readouterr().out  # a note, without the server


def test_a_database_that_cannot_be_reached_is_no_verdict(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    home = project("SELECT 1;")
    url = "postgresql://ann:hidden@127.0.0.1:1/shop"
    assert run(["lint", "-m", str(home / "migrations"), "--database", url]) == 3
    said = capsys.readouterr()
    assert "cannot connect to the database" in said.err and "hidden" not in said.err + said.out
    assert said.out == ""


def test_where_another_tool_keeps_the_history_it_is_said_what_is_pending(
    shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "migrations").mkdir()
    for number, text in enumerate(("CREATE TABLE orders (id int);", "ALTER TABLE orders ALTER note TYPE text;"), 1):
        path = tmp_path / "migrations" / f"2026010100000{number}_m{number}.sql"
        path.write_text(f"-- migrate:up\n{text}\n-- migrate:down\n", encoding="utf-8")
    given = ("lint", "-m", str(tmp_path / "migrations"), "--database", shop)
    assert run(given) == 2
    assert "the history of dbmate is not read" in capsys.readouterr().err
    assert run([*given, "--after", "20260101000001_m1", "--select", "type-change-rewrites-table,made-already"]) == 0
    assert "nothing found in 1 migration" in capsys.readouterr().out
