"""`lint --statements`: the application's statements on the schema that the migrations make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.project import Project

STATEMENTS = """
SELECT name, phone FROM users WHERE id = $1;
INSERT INTO users (id, name) VALUES ($1, $2);
SELECT count(*) FROM users;
SELECT nothing FROM never;
"""


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_statements_are_checked_without_data(project: Project) -> None:
    project.sql("CREATE ROLE statements_bot")
    project.write("1_a", "CREATE TABLE users (id bigint PRIMARY KEY, name text, phone text);", None)
    project.write("2_b", "GRANT SELECT, INSERT ON users TO statements_bot;", None)
    file = project.root / "app.sql"
    file.write_text(STATEMENTS)
    version = ("--pg-version", str(project.sql("SHOW server_version_num")[0])[:2])
    whole = project.rowkeep("lint", "--statements", str(file), *version)
    assert whole.returncode == 1
    assert "4 statements" in whole.stdout and 'relation "never" does not exist' in whole.stdout
    assert whole.stdout.count("BROKEN") == 1

    project.write(
        "3_c",
        "ALTER TABLE users RENAME COLUMN phone TO mobile; ALTER TABLE users ADD COLUMN kind text NOT NULL;"
        "REVOKE SELECT ON users FROM statements_bot;",
        None,
    )
    newer = project.rowkeep("lint", "--statements", str(file), "--after", "2_b", *version)
    assert newer.returncode == 1
    broken = [line for line in newer.stdout.splitlines() if "BROKEN" in line]
    assert len(broken) == 2
    assert 'column "phone" does not exist; by 3_c' in broken[0]
    assert "leaves out public.users.kind" in broken[1]
    assert "1 statement not checked" in newer.stdout

    # With the database: what is pending there, under the rights of the application's role.
    project.run(count=2)
    log = project.root / "server.log"
    name = project.name
    rows = [("statements_bot", name, "SELECT count(*) FROM users"), ("statements_bot", "other", "SELECT 1 FROM never")]
    log.write_text(
        "".join(
            f'{{"user":"{user}","dbname":"{database}","error_severity":"LOG","message":"statement: {text}"}}\n'
            for user, database, text in rows
        )
    )
    pending = project.json("lint", "--statements", str(log), "--database")
    assert pending["exit_code"] == 1, pending["error"]
    (change,) = pending["result"]["changes"]
    assert (change["role"], change["kind"], change["message"]) == (
        "statements_bot",
        "fails",
        "permission denied for table users",
    )
    assert project.names() == ["1_a", "2_b"]
