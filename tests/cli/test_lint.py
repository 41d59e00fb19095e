"""`rowkeep lint` and `rowkeep rule`: what is found, in every form, and the exit code that follows from it.

The rules are selected by name, so that a new rule changes no snapshot.
"""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.patience import PATIENCE_S

SELECT = ("--select", "drop-table,index-blocks-writes,delete-all-rows,create-table-not-repeatable,syntax-error")
FIRST = """\
-- Up Migration
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
CREATE FUNCTION purge() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM orders;
END
$$;
-- Down Migration
DROP FUNCTION purge();
DROP TABLE orders;
DROP TABLE elsewhere;
"""
SECOND = """\
CREATE INDEX ON orders (email);
SELECT purge();
-- rowkeep: allow drop-table because it held nothing but sessions
DROP TABLE sessions;
ALTER TABEL orders ADD COLUMN x int;
"""


@pytest.fixture
def project(project_with: Callable[[dict[str, str]], Path]) -> Path:
    """The directory of migrations."""
    files = {"1700000000001_orders.sql": FIRST, "1700000000002_email.sql": SECOND}
    return project_with({f"migrations/{name}": text for name, text in files.items()}) / "migrations"


@pytest.mark.parametrize("form", ["full", "concise", "json"])
def test_findings(form: str, project: Path, run: Any, snapshot: Callable[..., None]) -> None:
    ran = run("lint", "--output-format", form, *SELECT)
    assert ran.code == 1
    snapshot(ran)


def test_the_outcome_is_the_same_in_a_process_of_its_own(project: Path, run: Any, spawn: Any) -> None:
    inside, outside = (each("lint", "--output-format", "concise", *SELECT) for each in (run, spawn))
    assert (inside.code, inside.out, inside.err) == (outside.code, outside.out, outside.err)


def test_a_file_is_judged_in_the_light_of_those_before_it(project: Path, run: Any) -> None:
    ran = run("lint", "migrations/1700000000002_email.sql", "--output-format", "concise", *SELECT)
    lines = ran.out.splitlines()
    assert all(line.startswith("migrations/1700000000002_email.sql:") for line in lines[:3])
    assert "delete-all-rows" in lines[1], "the function stands in the file before"
    assert lines[3] == "3 errors in 1 migration"


def test_a_file_without_an_order_is_judged_by_itself(tmp_path: Path, run: Any) -> None:
    (tmp_path / "a.sql").write_text("CREATE TABLE orders (id bigint);")
    (tmp_path / "b.sql").write_text("CREATE TABLE IF NOT EXISTS orders (id bigint); CREATE INDEX i ON orders (id);")
    found = [json.loads(run("lint", path, "--output-format", "json", *SELECT).out) for path in (".", "b.sql")]
    assert [each["severity"] for each in found[1]["result"]["findings"]] == ["note"]
    assert found[0]["result"]["counts"] == {"error": 0, "warning": 0, "note": 2}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 1),
        (("--select", "create-table-not-repeatable"), 0),
        (("--select", "create-table-not-repeatable", "--fail-on", "warning"), 0),
        (("--select", "create-table-not-repeatable", "--fail-on", "note"), 1),
        (("--fail-on", "never"), 0),
        (("--select", "drop-database"), 0),
        (("--select", "no-such-rule"), 2),
        (("nothing.sql",), 2),
        (("empty",), 2),
        (("--pg-version", "9"), 2),
    ],
)
def test_exit_codes(arguments: tuple[str, ...], code: int, project: Path, run: Any) -> None:
    (project.parent / "empty").mkdir()
    ran = run("lint", *arguments)
    assert ran.code == code, ran
    assert "Traceback" not in ran.err


def test_no_migration_at_all_is_no_success(tmp_path: Path, run: Any, snapshot: Callable[..., None]) -> None:
    without = run("lint")
    (tmp_path / "migrations").mkdir()
    snapshot(without, run("lint"))


def test_the_configuration_selects_and_weighs(project: Path, run: Any) -> None:
    (project.parent / "rowkeep.toml").write_text(
        '[rules]\nselect = ["data"]\nignore = ["delete-all-rows"]\nseverity = { drop-table = "note" }\n'
    )
    result = json.loads(run("lint", "--output-format", "json").out)["result"]
    assert [(each["rule"], each["severity"]) for each in result["findings"]] == [("drop-table", "note")]


def test_colour_only_where_it_is_wanted(project: Path, run: Any) -> None:
    assert "\x1b[" not in run("lint").out
    assert "\x1b[1;31merror\x1b[0m D006 delete-all-rows" in run("lint", "--color", "always").out


def test_a_file_that_is_no_text_is_told(project: Path, run: Any) -> None:
    (project / "1700000000003_odd.sql").write_bytes(b"SELECT 'caf\xe9';")
    ran = run("lint", "--output-format", "concise")
    assert "1700000000003_odd.sql:1:12: error " in ran.out
    assert "0xe9" in ran.out


def test_the_page_of_a_rule(run: Any, snapshot: Callable[..., None]) -> None:
    snapshot(run("rule", "drop_database"), run("rule", "drop-tabel"))
    assert run("rule", "d004").out == run("rule", "drop-database").out


def test_the_list_of_rules(run: Any) -> None:
    listed = run("rule", "--list")
    assert listed.out == run("rule").out
    assert "\nD001  drop-table " in f"\n{listed.out}"
    rules = json.loads(run("rule", "--list", "--output-format", "json").out)["result"]["rules"]
    assert len(rules) == len(listed.out.splitlines())
    assert {"name", "code", "category", "severity", "title", "peers", "sections"} == set(rules[0])


def test_lint_loads_neither_driver_nor_protobuf(project: Path) -> None:
    import subprocess

    code = (
        "import sys; from rowkeep.cli import run; run(['lint', '-m', sys.argv[1], '--fail-on', 'never']);"
        "print(sorted({'psycopg', 'google', 'postgast', 'rich'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, project], capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    assert done.stderr.strip() == "[]"


def test_the_result_goes_into_a_file(project: Path, run: Any) -> None:
    for form, start in (("sarif", "{"), ("json", "{"), ("full", "note R001"), ("json-lines", '{"rule"')):
        ran = run("lint", "--output-format", form, "--output", "found", "--color", "always", *SELECT)
        assert (ran.code, ran.out, ran.err) == (1, "", "")
        assert (project.parent / "found").read_text().startswith(start)
        assert "\x1b" not in (project.parent / "found").read_text()
    assert json.loads(run("lint", "--output-format", "json", "--output", "found").out or "{}") == {}
    assert run("lint", "--output", "no/such/found").code == 2


def test_the_step_of_a_workflow_is_summarised(project: Path, run: Any) -> None:
    summary = project.parent / "summary.md"
    summary.write_text("before\n")
    env = {"GITHUB_STEP_SUMMARY": str(summary)}
    run("lint", env=env)
    assert summary.read_text() == "before\n"
    ran = run("lint", "--output-format", "github", *SELECT, env=env)
    assert ran.code == 1
    assert ran.out.startswith("::notice file=migrations/1700000000001_orders.sql,line=2,")
    assert summary.read_text().startswith("before\n## rowkeep lint\n")
    lost = run("lint", "--output-format", "github", *SELECT, env={"GITHUB_STEP_SUMMARY": str(project)})
    assert (lost.code, lost.err) == (1, "no summary of the step: Is a directory\n")


def test_statistics(project: Path, run: Any) -> None:
    said = run("lint", "--statistics", *SELECT).out.splitlines()
    assert said[0].split() == ["1", "error", "D006", "delete-all-rows"]
    assert said[5].startswith("3 errors, 1 warning, 1 note in 2 migrations")
    result = json.loads(run("lint", "--statistics", "--output-format", "json", *SELECT).out)["result"]
    assert result["statistics"][0] == {"rule": "delete-all-rows", "code": "D006", "severity": "error", "count": 1}
    assert run("lint", "--statistics", "--output-format", "sarif").code == 2


def test_a_text_from_stdin(project: Path, spawn: Any) -> None:
    for arguments in (("--stdin",), ("-",), ("--stdin", "--stdin-filename", "stdin.sql")):
        ran = spawn("lint", *arguments, "--output-format", "concise", *SELECT, input="SELECT 1;\nDROP TABLE a;\n")
        assert ran.code == 1
        assert ran.out.startswith("stdin.sql:2:1: error D001 drop-table"), ran
    name = "migrations/1700000000002_email.sql"
    ran = spawn("lint", "--stdin-filename", name, "--output-format", "concise", *SELECT, input="SELECT purge();")
    assert ran.out.startswith(f"{name}:1:8: error D006 delete-all-rows"), "the function stands in the file before"
    assert spawn("lint", "--stdin", "migrations", input="").code == 2


def test_a_baseline_silences_what_is_known(project: Path, run: Any) -> None:
    before = json.loads(run("lint", "--output-format", "json", *SELECT).out)["result"]
    said = run("lint", "--write-baseline", *SELECT)
    assert (said.code, said.out.splitlines()[0]) == (0, "5 findings written to rowkeep-baseline.txt")
    (project.parent / "rowkeep.toml").write_text('baseline = "rowkeep-baseline.txt"\n')
    quiet = run("lint", *SELECT)
    assert quiet.code == 0
    assert quiet.out.startswith("nothing found in 2 migrations\n5 findings in the baseline not shown")
    assert json.loads(run("lint", "--output-format", "json", *SELECT).out)["result"]["known"] == len(
        before["findings"]
    )
    (project / "1700000000003_more.sql").write_text("-- a comment\nDROP TABLE elsewhere;\n")
    assert run("lint", *SELECT, "--output-format", "concise").out.startswith(
        "migrations/1700000000003_more.sql:2:1: error"
    )


def test_a_baseline_moves_with_its_statements_and_knows_when_they_are_gone(project: Path, run: Any) -> None:
    run("lint", "--write-baseline", "--baseline", "known.txt", *SELECT)
    second = project / "1700000000002_email.sql"
    second.write_text("\n-- moved\n" + SECOND.replace("ALTER TABEL orders ADD COLUMN x int;", ""))
    select = ("--select", f"{SELECT[1]},allowance-not-needed")
    ran = run("lint", "--baseline", "known.txt", "--output-format", "concise", *select)
    assert ran.code == 0
    lines = (project.parent / "known.txt").read_text().splitlines()
    at = next(number for number, text in enumerate(lines, 1) if "TABEL" in text)
    assert ran.out.splitlines()[0].startswith(f"known.txt:{at}:1: warning T013 allowance-not-needed: syntax-error ")
    part = run("lint", "--baseline", "known.txt", *select, "migrations/1700000000001_orders.sql")
    assert part.out.startswith("nothing found"), "entries of what was not analyzed are not stale"
    (project.parent / "known.txt").write_text("what is this\n")
    wrong = run("lint", "--baseline", "known.txt")
    assert (wrong.code, "known.txt:1:1" in wrong.err) == (2, True)
    assert run("lint", "--baseline", "not-there.txt").code == 2


def test_only_what_is_new(project: Path, run: Any) -> None:
    for name in ("1700000000001_orders", "migrations/1700000000001_orders.sql"):
        ran = run("lint", "--after", name, "--output-format", "concise", *SELECT)
        assert ran.out.splitlines()[3] == "3 errors in 1 migration"
    none = run("lint", "--after", "1700000000002_email")
    assert (none.code, none.out) == (0, "nothing found in 0 migrations\n")
    assert run("lint", "--after", "no-such").code == 2


@pytest.mark.server
@pytest.mark.majors(18)
def test_only_what_the_database_does_not_have(project: Path, run: Any, database: str) -> None:
    second = project / "1700000000002_email.sql"
    second.rename(project.parent / "later")
    assert run("up", env={"DATABASE_URL": database}).code == 0
    none = run("lint", "--new-only", env={"DATABASE_URL": database})
    assert (none.code, none.out) == (0, "nothing found in 0 migrations\n")
    (project.parent / "later").rename(second)
    ran = run("lint", "--new-only", "--output-format", "concise", *SELECT, env={"DATABASE_URL": database})
    assert ran.out.splitlines()[3] == "3 errors in 1 migration"


def test_what_a_file_is_excused_from(project: Path, run: Any) -> None:
    (project.parent / "rowkeep.toml").write_text(
        '[rules.per-file-ignores]\n"*_email.sql" = ["lock", "syntax-error"]\n"migrations/*" = ["delete-all-rows"]\n'
        '[environments.strict.rules]\nper-file-ignores = {}\nfail-on = "warning"\n'
    )
    assert run("lint", *SELECT).out.splitlines()[-3] == "1 warning, 1 note in 2 migrations"
    assert [run("lint", *SELECT, *each).code for each in ((), ("--severity-exit", "warning"))] == [0, 1]
    strict = run("lint", "--env", "strict", "--select", "drop-table")
    assert strict.code == 1
    assert run("lint", "--env", "strict", *SELECT).out.splitlines()[-3].startswith("3 errors")
    (project.parent / "rowkeep.toml").write_text('[rules.per-file-ignores]\n"*" = ["dorp-table"]\n')
    assert "did you mean drop-table?" in run("lint").err


ROOT = Path(__file__).parents[2]


def test_what_the_examples_and_the_hook_call(project: Path, run: Any) -> None:
    (project / "1700000000002_email.sql").unlink()
    for path in ("examples/github-actions.yml", ".pre-commit-hooks.yaml"):
        called = re.findall(r"^[ -]*(?:run|entry): rowkeep (lint.*)$", (ROOT / path).read_text(), re.MULTILINE)
        assert called, path
        for words in called:
            assert run(*words.split(), *SELECT).code == 0, words


def test_the_hook_sees_migrations_and_nothing_else() -> None:
    (pattern,) = re.findall(r"^  files: (.*)$", (ROOT / ".pre-commit-hooks.yaml").read_text(), re.MULTILINE)
    assert all(
        re.search(pattern, path) for path in ("migrations/1_a.sql", "db/migrations/x/up.sql", "m/migration/V1__a.sql")
    )
    assert not any(re.search(pattern, path) for path in ("migrations/1_a.py", "permigrations/1.sql", "schema.sql"))
