"""A rehearsal says exactly what it compared: values that became others, each statement's time, numbers of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.project import Project

TABLES = """
CREATE SCHEMA app;
CREATE TABLE users (id int PRIMARY KEY, name text, phone text, at timestamptz DEFAULT '2026-01-01');
INSERT INTO users SELECT n, 'user ' || n, CASE WHEN n <= 10 THEN 'p' || n END FROM generate_series(1, 100) n;
CREATE TABLE app.log (line text);
INSERT INTO app.log VALUES ('a'), ('b');
CREATE TABLE parted (id int, kind text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (50);
CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (50) TO (100);
INSERT INTO parted SELECT n, 'k' FROM generate_series(0, 99) n;
"""
CHANGES = """
UPDATE users SET name = '' WHERE id <= 60; -- rowkeep: allow update-all-rows because a test
UPDATE users SET phone = 'none' WHERE phone IS NULL;
UPDATE users SET name = name WHERE id > 90;
UPDATE app.log SET line = 'c' WHERE line = 'a';
DO $$ BEGIN UPDATE parted SET kind = 'other' WHERE id < 60; END $$;
ALTER TABLE users RENAME COLUMN name TO label;
"""
ACCEPTED = ("--accept-loss", "public.users.name", "--accept-loss", "public.parted.kind")
"""The guard sees them in the text; what is counted is the subject of these tests."""


def rehearsed(project: Project) -> dict[str, Any]:
    answer = project.json("rehearse", *ACCEPTED, "--because", "overwritten on purpose")
    assert answer["exit_code"] == 0, answer["error"]
    found: dict[str, Any] = answer["result"]["rehearsal"]
    return found


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_overwritten_values_are_counted_where_they_were_compared(project: Project) -> None:
    project.sql(TABLES)
    allow = "".join(
        f"-- rowkeep: allow-file {rule} because a test\n"
        for rule in ("update-all-rows", "change-not-batched", "rename-column")
    )
    project.write("1_change", allow + CHANGES, None)
    found = rehearsed(project)
    assert sorted(loss["name"] for loss in found["losses"]) == ["public.parted.kind", "public.users.name"]
    assert found["overwritten"] == [
        {"table": "public.parted_high", "column": "kind", "count": 10},
        {"table": "public.parted_low", "column": "kind", "count": 50},
        {"table": "public.users", "column": "name", "count": 60},
    ]
    # A table without a primary key: nothing tells which row is which.
    assert found["values_not_compared"] == ["app.log"]
    said = project.rowkeep("rehearse", *ACCEPTED, "--because", "overwritten on purpose").stdout
    assert "\n  changed  60 values overwritten in public.users.name\n" in said and "\\n" not in said
    assert "whether values of app.log were overwritten: 1 updated row not compared" in said
    assert "every value is still there" not in said


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_a_slow_statement_is_listed_with_its_own_time_and_rows_are_those_of_the_backup(project: Project) -> None:
    project.sql("CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'a'), (2, 'b')")
    project.write("1_quick", "CREATE TABLE quick (id int PRIMARY KEY);", "DROP TABLE quick;")
    assert project.rowkeep("up").returncode == 0
    project.write("2_quick", "COMMENT ON TABLE users IS 'x';", None)
    project.write("3_slow", "SELECT pg_sleep(1.5);", None)
    project.write("4_both", "SELECT 1;\nSELECT pg_sleep(0.6);\nSELECT 2;", None)
    project.write("5_quick", "COMMENT ON TABLE users IS 'z';", None)
    answer = project.json("rehearse")
    assert answer["exit_code"] == 0, answer["error"]
    result = answer["result"]
    seconds = {(one["migration"], one["head"]): one["seconds"] for one in result["rehearsal"]["timings"]}
    slowest = sorted(seconds, key=seconds.__getitem__, reverse=True)
    assert [name for name, _ in slowest[:2]] == ["3_slow", "4_both"], seconds
    assert "pg_sleep" in slowest[1][1], seconds
    assert seconds[slowest[0]] >= 1.5 and seconds[slowest[1]] >= 0.6, seconds
    rows = result["rehearsal"]["rows"]
    assert rows == result["backup"]["rows"] and rows - result["rehearsal"]["own_rows"] == 2
    said = project.rowkeep("rehearse").stdout
    assert f"{rows} rows, {rows - 2} of them migration records" in said


LOGIN = """
CREATE TABLE visit (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, who text);
CREATE FUNCTION visited() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN INSERT INTO public.visit (who) VALUES (session_user); END $$;
CREATE EVENT TRIGGER visited ON login EXECUTE FUNCTION visited();
"""


@pytest.mark.server
@pytest.mark.majors(17, 18)
def test_what_a_login_trigger_does_is_no_difference_and_no_loss(project: Project) -> None:
    project.sql(LOGIN)
    project.write("1_more", "CREATE TABLE more (id int PRIMARY KEY);", "DROP TABLE more;")
    done = project.json("deploy", "--yes")
    assert done["exit_code"] == 0, done["error"]
    assert done["result"]["rehearsal"]["losses"] == done["result"]["rehearsal"]["touched"] == []
    assert project.names() == ["1_more"]
    verified = project.json("backup", "verify")
    assert verified["exit_code"] == 0, verified["error"]
