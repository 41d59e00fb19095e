"""Smoke queries on servers: what passes, what cannot write, and where they stop a deploy."""

from __future__ import annotations

import pytest
from tests.support.project import Project

from rowkeep.database.connection.session import connect
from rowkeep.database.executor.run_smoke_queries import run_smoke_queries
from rowkeep.domain.deploy.smoke_query import SmokeQuery
from rowkeep.domain.source import Place
from rowkeep.errors import Unreachable

MAJORS = pytest.mark.majors(14, 18)
pytestmark = pytest.mark.server
HERE = Place("verify/a.sql", 1, 1)

CASES = (
    ("SELECT count(*) = 3 AS complete FROM a", None),
    ("SELECT n FROM a", None),
    ("SELECT true WHERE false", None),
    ("VALUES (true), (true)", None),
    ("SELECT count(*) = 4 AS complete FROM a", "complete is false"),
    ("SELECT n < 3 AS small, n FROM a ORDER BY n", "small is false in row 3"),
    ("SELECT NULL::boolean AS known", "known is NULL"),
    ("SELECT missing FROM a", 'column "missing" does not exist'),
    ("SELECT 1 / count(*) FROM a WHERE n > 9", "division by zero"),
    ("SELECT true FROM generate_series(1, 100000)", "it returns more than 1,000 rows: use an aggregate"),
    ("SELECT 1 FROM generate_series(1, 100000)", None),
    # What the text of a function hides, the transaction refuses.
    ("SELECT writes()", "cannot execute INSERT in a read-only transaction"),
    ("SELECT escapes('SET TRANSACTION READ WRITE')", "must be set before any query"),
    ("SELECT escapes('SET transaction_read_only = off')", "must be set before any query"),
    ("SELECT escapes('COMMIT')", "EXECUTE of transaction commands is not implemented"),
    ("SELECT escapes('SET default_transaction_read_only = off')", "cannot execute INSERT in a read-only transaction"),
    ("SELECT nextval('s')", "cannot execute nextval() in a read-only transaction"),
    ("SELECT 1; INSERT INTO a VALUES (9)", "cannot insert multiple commands into a prepared statement"),
    ("SELECT 1) TO STDOUT", "syntax error"),
)
DO_CASES = (
    ("DO $$ BEGIN ASSERT (SELECT count(*) FROM a) = 3; END $$", None),
    ("DO $$ BEGIN ASSERT false, 'not as it should be'; END $$", "not as it should be"),
    ("DO $$ BEGIN INSERT INTO a VALUES (9); END $$", "cannot execute INSERT in a read-only transaction"),
    (
        "DO $$ BEGIN SET TRANSACTION READ WRITE; INSERT INTO a VALUES (9); END $$",
        "must be set before any query",
    ),
    (
        "DO $$ BEGIN BEGIN SET transaction_read_only = off; EXCEPTION WHEN no_data_found THEN NULL; END; END $$",
        "cannot set transaction read-write mode inside a read-only transaction",
    ),
    ("DO $$ BEGIN COMMIT; INSERT INTO a VALUES (9); END $$", "invalid transaction termination"),
    ("EXPLAIN ANALYZE INSERT INTO a VALUES (9)", "cannot execute"),
    ("COMMIT; INSERT INTO a VALUES (9)", "cannot insert multiple commands into a prepared statement"),
    ("SHOW search_path", None),
)


@MAJORS
def test_what_passes_and_what_cannot_write(project: Project) -> None:
    project.sql("CREATE TABLE a AS SELECT generate_series(1, 3) AS n")
    project.sql("CREATE SEQUENCE s")
    project.sql("CREATE FUNCTION writes() RETURNS int LANGUAGE sql AS 'INSERT INTO a VALUES (9) RETURNING 1'")
    project.sql(
        "CREATE FUNCTION escapes(command text) RETURNS int LANGUAGE plpgsql AS "
        "$$ BEGIN EXECUTE command; INSERT INTO a VALUES (9); RETURN 1; END $$"
    )
    queries = [SmokeQuery(text, HERE) for text, _ in CASES] + [SmokeQuery(text, HERE, False) for text, _ in DO_CASES]
    with connect(project.conninfo) as session:
        results = run_smoke_queries(session, queries, schemas=("public",), timeout_ms=30_000)
        for result, (text, why) in zip(results, (*CASES, *DO_CASES), strict=True):
            assert result.passed == (why is None) and (why is None or why in (result.why or "")), (text, result.why)
        slow = SmokeQuery("SELECT pg_sleep(60)", HERE)
        (result,) = run_smoke_queries(session, [slow], schemas=("public",), timeout_ms=20)
        assert result.why == "canceling statement due to statement timeout"
        with pytest.raises(Unreachable, match="the connection was lost"):
            run_smoke_queries(
                session, [SmokeQuery("SELECT pg_terminate_backend(pg_backend_pid())", HERE)], schemas=(), timeout_ms=0
            )
    assert project.sql("SELECT count(*) FROM a") == [3]


@pytest.mark.majors(18)
def test_a_deploy_stops_before_production_and_reports_after_it(project: Project) -> None:
    verify = project.root / "verify"
    verify.mkdir()
    (verify / "a.sql").write_text("SELECT count(*) = 2 AS complete FROM a;\n")
    (verify / "notes.txt").write_text("not SQL")
    project.write(
        "1_a", "CREATE TABLE a AS SELECT generate_series(1, 3) AS n;\n-- Verify\nSELECT count(*) > 0 FROM a;"
    )
    stopped = project.rowkeep("deploy", "--yes")
    assert stopped.returncode == 1 and "1 smoke query failed on the copy" in stopped.stderr, stopped.stderr
    assert "verify/a.sql:1:1: complete is false" in stopped.stderr and not project.exists("a")

    (verify / "a.sql").write_text("SELECT count(*) = 3 AS complete FROM a;\n")
    assert project.rowkeep("rehearse").returncode == 0 and not project.exists("a")
    # Of a query that is true on the copy only, the deploy reports that it failed in production.
    # (In production the deploy holds its run lock meanwhile.)
    (verify / "b.sql").write_text("SELECT count(*) = 0 AS quiet FROM pg_locks WHERE locktype = 'advisory';\n")
    done = project.rowkeep("deploy", "--yes")
    assert (done.returncode, project.names()) == (8, ["1_a"]), done.stderr
    assert "applied, but 1 smoke query failed" in done.stderr and "quiet is false" in done.stderr
    assert "the migrations are applied and recorded" in done.stderr

    checked = project.rowkeep("verify")
    assert (checked.returncode, "3 smoke queries passed" in checked.stdout) == (0, True), checked.stdout
    project.sql("DELETE FROM a")
    checked = project.rowkeep("verify")
    assert checked.returncode == 1 and "2 of 3 smoke queries failed" in checked.stdout
    document = project.json("verify")
    assert [(one["file"], one["line"], one["passed"]) for one in document["result"]["smoke"]] == [
        ("verify/a.sql", 1, False),
        ("verify/b.sql", 1, True),
        (f"{project.settings.migrations_dir}/1_a.sql".removeprefix(f"{project.root}/"), 4, False),
    ]
    assert project.rowkeep("verify", "--no-smoke").returncode == 0
    (verify / "a.sql").write_text("DELETE FROM a;\n")
    refused = project.rowkeep("verify")
    assert refused.returncode == 2 and "verify/a.sql:1:1" in refused.stderr
    project.write("2_b", "CREATE TABLE b ();")
    refused = project.rowkeep("deploy", "--yes")
    assert (
        refused.returncode == 2 and not list((project.root / "backups").glob("*.partial")) and not project.exists("b")
    )
