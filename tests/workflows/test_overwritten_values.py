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
    assert sorted((loss["name"], loss["count"]) for loss in found["losses"]) == [
        ("public.parted.kind", 60),
        ("public.users.name", 60),
    ]
    changed = {f"{column.pop('table')}.{column.pop('column')}": column for column in found["overwritten"]}
    assert changed == {
        # A table without a key: nothing tells which row is which, but one of its values is gone.
        "app.log.line": {"count": 1, "exact": False, "values": 2, "distinct_before": 2, "distinct_after": 2},
        # With its partitions.
        "public.parted.kind": {"count": 60, "exact": True, "values": 100, "distinct_before": 1, "distinct_after": 2},
        "public.users.name": {"count": 60, "exact": True, "values": 100, "distinct_before": 100, "distinct_after": 41},
    }
    assert found["values_not_compared"] == []
    said = project.rowkeep("rehearse", *ACCEPTED, "--because", "overwritten on purpose").stdout
    assert (
        "\n  changed  public.users.name: 60 of 100 values overwritten (100 distinct values before, 41 after)\n" in said
    )
    assert (
        "\n  changed  app.log.line: at least 1 of 2 values overwritten (2 distinct values before, 2 after)\n" in said
    )
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
    # Our clock starts when the answer to the statement before has been read, which may be late.
    assert seconds[slowest[0]] >= 1.2 and seconds[slowest[1]] >= 0.3, seconds
    rows = result["rehearsal"]["rows"]
    assert rows == result["backup"]["rows"] and rows - result["rehearsal"]["own_rows"] == 2
    said = project.rowkeep("rehearse").stdout
    assert f"{rows} rows, {rows - 2} of them migration records" in said


OTHERS = """
CREATE TABLE users (id int PRIMARY KEY, name text, at timestamptz DEFAULT '2026-01-01', visits int DEFAULT 0);
INSERT INTO users SELECT n, 'user ' || n, timestamptz '2026-01-01' + n * interval '1 hour', n
    FROM generate_series(1, 100) n;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at := now(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TABLE log (line text, n int);
INSERT INTO log SELECT 'line ' || n, n FROM generate_series(1, 50) n;
CREATE FUNCTION blur() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.line := 'x'; RETURN NEW; END $$;
CREATE TABLE swapped (id int PRIMARY KEY, name text);
INSERT INTO swapped VALUES (1, 'a'), (2, 'b');
"""


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_what_no_statement_assigns_is_compared_and_refused_by_name(project: Project) -> None:
    project.sql(OTHERS)
    allow = "".join(
        f"-- rowkeep: allow-file {rule} because a test\n" for rule in ("update-all-rows", "change-not-batched")
    )
    # The trigger of the table writes down the time, as it does whenever the application updates a row.
    meant = "ALTER TABLE users ADD COLUMN label text;\nUPDATE users SET label = lower(name), visits = visits + 1;"
    project.write("1_meant", allow + meant, None)
    # The text says that n keeps its old value; a new trigger sets another column.
    trigger = "CREATE TRIGGER blur BEFORE UPDATE ON log FOR EACH ROW EXECUTE FUNCTION blur();\n"
    project.write("2_not_meant", allow + trigger + "UPDATE log SET n = n + 1;", None)
    # The same values in other rows: only the key tells.
    swap = "UPDATE swapped SET name = other.name FROM swapped AS other WHERE other.id = 3 - swapped.id;"
    project.write("3_swap", f"-- rowkeep: accept-loss public.swapped.name because a test\n{allow}{swap}", None)
    refused = project.json("deploy", "--yes", "--because", "a test")
    assert refused["exit_code"] == 1, refused
    assert refused["error"]["code"] == "data-loss", refused["error"]
    assert "public.log.line: at least 50 of 50 values overwritten, 1 distinct value left of 50" in str(
        refused["error"]
    )
    assert "public.users" not in str(refused["error"])
    assert project.names() == []
    done = project.json("deploy", "--yes", "--accept-loss", "public.log.line", "--because", "a test")
    assert done["exit_code"] == 0, done["error"]
    changed = {
        f"{column['table']}.{column['column']}": column for column in done["result"]["rehearsal"]["overwritten"]
    }
    assert sorted(changed) == [
        "public.log.line",
        "public.log.n",
        "public.swapped.name",
        "public.users.at",
        "public.users.visits",
    ]
    assert changed["public.swapped.name"]["count"] == 2 and changed["public.swapped.name"]["exact"]
    assert changed["public.users.at"]["distinct_after"] == 1


VIEWS = """
CREATE TABLE users (id int PRIMARY KEY, name text, state text DEFAULT 'new', code text DEFAULT '1');
INSERT INTO users SELECT n, 'user ' || n FROM generate_series(1, 100) n;
CREATE TABLE other (id int);
CREATE VIEW replaced AS SELECT id, name FROM users;
CREATE VIEW fewer AS SELECT id, name FROM users WHERE state = 'new';
CREATE VIEW above AS SELECT count(*) AS n FROM fewer;
CREATE VIEW fails AS SELECT id, code::int AS code FROM users;
CREATE VIEW volatile AS SELECT id, random() AS chance, code FROM users;
CREATE VIEW same AS SELECT name FROM users;
CREATE VIEW untouched AS SELECT id FROM other;
CREATE VIEW wrote AS SELECT nextval('counter') AS n, id FROM users;
"""


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_views_of_what_changed_are_read_before_and_after(project: Project) -> None:
    project.sql("CREATE SEQUENCE counter;" + VIEWS)
    project.write("1_view", "CREATE OR REPLACE VIEW replaced AS SELECT id, name FROM users WHERE id < 8;", None)
    rules = ("update-all-rows", "change-not-batched")
    allow = "".join(f"-- rowkeep: allow-file {rule} because a test\n" for rule in rules)
    update = "UPDATE users SET state = 'old' WHERE state = 'new';\nUPDATE users SET code = 'secret' WHERE code = '1';"
    project.write("2_state", allow + update, None)
    refused = project.json("deploy", "--yes")
    assert refused["error"]["code"] == "data-loss", refused
    assert refused["error"]["why"] == "view public.replaced shows 7 rows; before: 100"
    assert project.names() == []
    answer = project.json("rehearse", "--accept-loss", "public.replaced", "--because", "a test")
    assert answer["exit_code"] == 0, answer["error"]
    views = {view["name"]: view for view in answer["result"]["rehearsal"]["views"]}
    assert {name: (view["before"], view["after"], view["other_values"]) for name, view in views.items()} == {
        "public.above": (1, 1, ["n"]),
        "public.fails": (100, None, []),
        "public.fewer": (100, 0, ["id", "name"]),
        "public.replaced": (100, 7, ["id", "name"]),
        "public.same": (100, 100, []),
        "public.volatile": (100, 100, ["code"]),
        "public.wrote": (None, None, []),
    }
    said = project.rowkeep("rehearse", "--accept-loss", "public.replaced", "--because", "a test").stdout
    assert "\n  changed  view public.fewer shows 0 rows; before: 100\n" in said
    assert "\n  changed  view public.above shows other values in n\n" in said
    assert "\n  unknown  view public.fails cannot be read any more: the server answered 22P02\n" in said
    assert "\n  compared public.same: the view shows the same\n" in said
    assert "secret" not in said.split("Rehearsed on")[1].split("\n  touched")[0]


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


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_overwritten_values_are_shown_only_if_someone_asks_for_them(project: Project) -> None:
    project.sql(
        "CREATE TABLE people (id int, area text, name text, PRIMARY KEY (area, id));"
        "INSERT INTO people SELECT n, 'north', 'secret ' || n FROM generate_series(1, 9) n;"
        "UPDATE people SET name = E'a\\x1b[31m \"b\"\\nc\\\\d' WHERE id = 2;"
        "UPDATE people SET name = repeat('x', 5000) WHERE id = 3"
    )
    project.write("1_a", "-- rowkeep: allow-file update-all-rows because a test\nUPDATE people SET name = 'none';")
    command = ("rehearse", "--accept-change", "public.people.name", "--because", "a test")
    silent = project.rowkeep(*command)
    assert silent.returncode == 0, silent.stderr
    assert "public.people.name: 9 of 9 values overwritten, 1 distinct value left of 9" in silent.stdout
    assert "secret" not in silent.stdout + silent.stderr
    shown = project.rowkeep(*command, "--show-values")
    assert shown.returncode == 0, shown.stderr
    lines = [line for line in shown.stderr.splitlines() if "→" in line]
    assert len(lines) == 3
    assert "public.people.name of north,1: 'secret 1' → 'none'" in lines[0]
    assert "\x1b" not in shown.stderr and '"b"' in lines[1]
    assert len(lines[2]) < 200 and "xxx…" in lines[2]


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_what_the_application_s_role_sees_is_compared(project: Project) -> None:
    bot = f"{project.name}_bot"
    project.sql(
        f"CREATE ROLE {bot} LOGIN; CREATE TABLE documents (id int PRIMARY KEY, tenant int, text text);"
        "INSERT INTO documents SELECT n, n % 3, 'text' FROM generate_series(1, 30) n;"
        "CREATE TABLE plain AS SELECT 1 AS x;"
        "ALTER TABLE documents ENABLE ROW LEVEL SECURITY; CREATE POLICY readable ON documents FOR SELECT USING (true);"
        "CREATE POLICY changing ON documents FOR UPDATE USING (true);"
        f"GRANT SELECT ON documents, plain TO {bot}; GRANT SELECT ON documents TO PUBLIC"
    )
    rules = "policy-changed, rows-hidden-by-policy, rights-revoked, policy-lets-all-through"
    allow = f"-- rowkeep: allow-file {rules} because a test"
    change = (
        f"{allow}\nDROP POLICY readable ON documents;\nCREATE POLICY readable ON documents FOR SELECT USING ({{}});"
    )
    project.write("1_a", change.format("tenant = 1") + f"\nREVOKE SELECT ON plain FROM {bot};", None)
    refused = project.json("rehearse")
    assert refused["exit_code"] == 1
    assert f"{bot} sees 10 rows of public.documents; before: 30" in str(refused["error"]["why"])
    accepted = project.json("rehearse", "--accept-loss", "public.documents", "--because", "one tenant each")
    assert accepted["exit_code"] == 0, accepted["error"]
    views = {view["name"]: view for view in accepted["result"]["rehearsal"]["views"] if view["role"] == bot}
    assert (views["public.documents"]["before"], views["public.documents"]["after"]) == (30, 10)
    project.write("1_a", change.format("tenant < 5"), None)
    same = project.rowkeep("rehearse")
    assert same.returncode == 0, same.stderr
    assert f"compared public.documents: {bot} sees the same" in same.stdout
