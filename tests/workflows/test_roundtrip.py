"""There and back on a restored copy: what does not come back is told, and what came back lets `down` through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rowkeep.domain.deploy.loss import Loss, LossKind
from rowkeep.domain.schema.table_contents import ColumnContents, DatabaseContents, TableContents
from rowkeep.plan.losses import find_missing

if TYPE_CHECKING:
    from tests.support.project import Project

USERS = (
    "CREATE TABLE users (id int PRIMARY KEY, phone text); INSERT INTO users SELECT n, n FROM generate_series(1, 9) n;"
)


def trips(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {trip["migration"]: trip for trip in answer["result"]["roundtrip"]["trips"]}


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_each_pending_migration_goes_there_and_back(project: Project) -> None:
    project.write("1_users", USERS, "DROP TABLE users;")
    assert project.rowkeep("up").returncode == 0
    project.write("2_points", "ALTER TABLE users ADD COLUMN points int DEFAULT 3;", "ALTER TABLE users DROP points;")
    project.write("3_index", "CREATE INDEX CONCURRENTLY i ON users (points);", "DROP INDEX CONCURRENTLY i;")
    project.write("4_view", "CREATE VIEW v AS SELECT id FROM users;", None)
    answer = project.json("rehearse", "--roundtrip")
    assert answer["exit_code"] == 0, answer
    assert project.names() == ["1_users"], "production is not touched"
    told = trips(answer)
    assert [told[name]["has_down"] for name in ("2_points", "3_index", "4_view")] == [True, True, False]
    assert all(trip["same_structure"] and not trip["not_brought_back"] for trip in told.values())
    assert [loss["text"] for loss in told["2_points"]["down_takes"]] == [
        "column public.users.points is gone, with 9 values"
    ]
    assert project.rowkeep("up", "2").returncode == 0
    name = project.sql("SELECT current_database()")[0]
    assert project.rowkeep("down", "2", "--confirm", name).returncode == 0, "both were rehearsed"
    refused = project.rowkeep("down", "--confirm", name).stderr
    assert "the down part of 1_users was never rehearsed" in refused, refused
    assert f"rowkeep environment mark development --confirm {name}   (" in refused


@pytest.mark.server
@pytest.mark.majors(18)
def test_what_does_not_come_back_is_refused_and_told(project: Project) -> None:
    project.sql(USERS)
    gone = "-- rowkeep: allow drop-column because a test\nALTER TABLE users DROP COLUMN phone;"
    project.write("1_gone", gone, "ALTER TABLE users ADD COLUMN phone text;")
    project.write("2_kept", "CREATE TABLE kept (id int);", "DROP TABLE kept;")
    project.write("3_lazy", "CREATE VIEW a AS SELECT 1 AS one; CREATE VIEW b AS SELECT 2 AS two;", "DROP VIEW a;")
    words = ("--accept-loss", "public.users.phone", "--because", "a test")
    failed = project.json("rehearse", "--roundtrip", *words)
    assert failed["exit_code"] == 5, "a second up that fails fails"
    assert "second" not in failed["error"]["what"], failed
    assert "on the restored copy" in str(failed["error"]), failed
    project.write("3_lazy", "CREATE OR REPLACE VIEW a AS SELECT 1 AS one; SELECT 1;", "SELECT 2;")
    refused = project.rowkeep("rehearse", "--roundtrip", *words)
    assert refused.returncode == 1
    assert "3_lazy" in refused.stderr, refused.stderr
    assert "view public.a" in refused.stderr, refused.stderr
    assert "NOT BACK  2_kept" not in refused.stderr
    project.write("3_lazy", "CREATE VIEW a AS SELECT 1 AS one;", "DROP VIEW a;")
    passed = project.json("rehearse", "--roundtrip", *words)
    assert passed["exit_code"] == 0, passed["error"]
    kept = "SELECT details ->> 'because' FROM rowkeep.roundtrip WHERE migration = '1_gone' AND "
    kept += "details @> '{\"passed\": true}'"
    assert project.sql(kept) == ["a test"]


@pytest.mark.server
@pytest.mark.majors(18)
def test_a_down_is_rehearsed_on_the_rows_of_today(project: Project) -> None:
    project.write("1_users", USERS, "DROP TABLE users;")
    project.write("2_points", "ALTER TABLE users ADD COLUMN points int;", "ALTER TABLE users DROP COLUMN points;")
    assert project.rowkeep("up").returncode == 0
    project.sql("UPDATE users SET points = 1 WHERE id < 4")
    name = project.sql("SELECT current_database()")[0]
    refused = project.rowkeep("rehearse", "--down")
    assert refused.returncode == 1, "the application wrote values into the column"
    assert "public.users.points is gone, with 3 values" in refused.stderr
    assert project.rowkeep("down", "--confirm", name).returncode == 1
    words = ("--accept-loss", "public.users.points", "--because", "nobody needs them")
    assert project.rowkeep("rehearse", "--down", *words).returncode == 0
    path = project.write("2_points", "ALTER TABLE users ADD COLUMN points int;", "ALTER TABLE users DROP points;")
    assert "never rehearsed" in project.rowkeep("down", "--confirm", name).stderr, "another text was rehearsed"
    path.write_text(path.read_text().replace("DROP points", "DROP COLUMN points /* as rehearsed */"))
    assert project.rowkeep("down", "--confirm", name).returncode == 0
    assert project.names() == ["1_users"]
    assert project.rowkeep("rehearse", "--down", "--roundtrip").returncode == 2


@pytest.mark.server
@pytest.mark.majors(14, 18, in_turn=True)
def test_only_a_whole_rehearsal_of_this_database_that_passed_last_opens_down(project: Project) -> None:
    project.write("1_users", USERS, "DROP TABLE users;")
    project.write("2_points", "ALTER TABLE users ADD COLUMN points int;", "ALTER TABLE users DROP COLUMN points;")
    project.write("3_view", "CREATE VIEW v AS SELECT id FROM users;", "DROP VIEW v;")
    assert project.rowkeep("up").returncode == 0
    name = project.sql("SELECT current_database()")[0]

    def opened(count: int) -> bool:
        # A wrong name: the gate stands before the question, and nothing is undone.
        refused = project.rowkeep("down", str(count), "--confirm", f"not_{name}")
        assert refused.returncode in (1, 2), refused.stderr
        return "never rehearsed" not in refused.stderr

    assert not opened(1)
    assert project.rowkeep("rehearse", "--down", "2").returncode == 0
    assert opened(2) and opened(1)
    # What the application wrote since is not brought back: neither passes, though 3_view does for itself.
    project.sql("UPDATE users SET points = 1 WHERE id < 4")
    assert project.rowkeep("rehearse", "--down", "2").returncode == 1
    assert not opened(2) and not opened(1)
    project.sql("UPDATE users SET points = NULL")
    assert project.rowkeep("rehearse", "--down", "2").returncode == 0
    assert opened(2)
    # It fails on the copy.
    project.sql("CREATE VIEW theirs AS SELECT points FROM users")
    assert project.rowkeep("rehearse", "--down", "2").returncode == 5
    project.sql("DROP VIEW theirs")
    assert not opened(2) and not opened(1)
    assert project.rowkeep("rehearse", "--down", "2").returncode == 0
    assert opened(2)
    for other in ('{"major": 13}', '{"oid": 1}', '{"system": "1"}', '{"database": "other"}'):
        project.sql("BEGIN; CREATE TABLE kept AS SELECT * FROM rowkeep.roundtrip; COMMIT")
        project.sql(f"UPDATE rowkeep.roundtrip SET details = details || '{other}'")
        assert not opened(2), other
        project.sql(
            "UPDATE rowkeep.roundtrip r SET details = k.details FROM kept k WHERE k.id = r.id; DROP TABLE kept"
        )
    assert opened(2)


def test_what_is_made_again_under_its_name_is_back() -> None:
    id_, phone = ColumnContents(1, "id", "int", 9), ColumnContents(2, "phone", "text", 9)
    before = DatabaseContents((TableContents(7, 7, "public.users", "public.users", 9, (id_, phone)),))

    def after(rows: int, *columns: ColumnContents, name: str = "public.users") -> DatabaseContents:
        return DatabaseContents((TableContents(70, 70, name, name, rows, columns),))

    assert find_missing(before, after(9, id_, ColumnContents(3, "phone", "text", 9))) == ()
    assert find_missing(before, after(9, id_)) == (Loss(LossKind.COLUMN, "public.users.phone", 9),)
    assert find_missing(before, after(9, id_, ColumnContents(3, "phone", "text", 2))) == (
        Loss(LossKind.VALUES, "public.users.phone", 7),
    )
    assert find_missing(before, after(4, id_, phone)) == (Loss(LossKind.ROWS, "public.users", 5),)
    assert find_missing(before, after(9, id_, phone, name="public.people")) == (
        Loss(LossKind.TABLE, "public.users", 9),
    )
