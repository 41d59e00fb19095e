"""`rehearse --save` in CI, and a deploy that accepts it while everything still fits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import rowkeep
from rowkeep.domain.frozen import replace

if TYPE_CHECKING:
    from tests.support.project import Project

SETUP = """
CREATE TABLE orders (id int PRIMARY KEY, note text);
INSERT INTO orders SELECT n, 'n' || n FROM generate_series(1, 500) n;
"""
ADD = "ALTER TABLE orders ADD COLUMN points int NOT NULL DEFAULT 0;"
BACK = "ALTER TABLE orders DROP COLUMN points;"
INDEX = "CREATE INDEX CONCURRENTLY orders_note ON orders (note);"


def details(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = project.sql(
        "SELECT details FROM rowkeep.run WHERE command = 'deploy' ORDER BY began_at DESC LIMIT 1"
    )[0]
    return found


@pytest.mark.majors(14, 18)
def test_a_deploy_accepts_a_saved_rehearsal_and_restores_nothing(project: Project) -> None:
    project.sql(SETUP)
    project.write("1_add", ADD, BACK)
    project.write("2_index", INDEX, "DROP INDEX CONCURRENTLY orders_note;")
    saved = project.rowkeep("rehearse", "--save", "r.json", "--quiet")
    assert saved.returncode == 0, saved.stderr
    digest = json.loads((project.root / "r.json").read_text())["digest"]
    project.sql("INSERT INTO orders SELECT n, 'later' FROM generate_series(501, 1500) n")

    done = project.json("deploy", "--yes", "--rehearsed", "r.json", "--report", "report.html")
    assert done["exit_code"] == 0, done
    stages = [event["stage"] for event in done["events"] if event["event"] == "StageFinished"]
    assert stages == ["preflight", "lint", "rehearsed", "backup", "apply", "verify"], "nothing is restored"
    result = done["result"]
    assert result["saved_rehearsal"]["digest"] == digest
    assert result["saved_rehearsal"]["backup"] != result["backup"]["id"], "production is backed up all the same"
    assert result["backup"]["rows"] == 1502, "with the two records of the way back"
    (work,) = result["prediction"]["work"]
    assert work["predicted_s"] == pytest.approx(3 * work["rehearsed_s"]), "three times as many rows as on the copy"
    assert digest in (project.root / "report.html").read_text()
    kept = details(project)["rehearsal"]
    assert (kept["digest"], kept["backup"]) == (digest, result["saved_rehearsal"]["backup"])
    assert project.names() == ["1_add", "2_index"]
    # `rehearse --save` has rehearsed the way back, and has recorded it.
    assert project.rowkeep("down", "2", "--confirm", project.name).returncode == 0


@pytest.mark.majors(18)
def test_what_differs_is_named_and_nothing_is_changed(project: Project) -> None:
    project.sql(SETUP)
    path = project.write("1_add", ADD, BACK)
    assert project.rowkeep("rehearse", "--save", "r.json").returncode == 0

    def refusal(*words: str) -> str:
        refused = project.json("deploy", "--yes", "--rehearsed", "r.json", *words)
        assert refused["exit_code"] == 1, refused
        error = refused["error"]
        assert (error["code"], error["state"]) == ("rehearsal-outdated", "unchanged"), error
        assert "rowkeep rehearse --save FILE" in error["next"][0]
        assert not (project.root / "backups").is_dir() or len(list((project.root / "backups").glob("*.dump"))) == 1
        return str(error["why"])

    assert "--max-age" in refusal("--max-age", "0")
    text = path.read_text()
    path.write_text(text.replace("DEFAULT 0", "DEFAULT 1"))
    assert "edited since the rehearsal was saved: 1_add" in refusal()
    path.write_text(text.replace("DROP COLUMN", "DROP COLUMN IF EXISTS"))
    assert "down parts are others: 1_add" in refusal()
    path.write_text(text)
    project.write("2_more", "CREATE TABLE more (id int PRIMARY KEY);", None)
    assert "to run now, and not in the rehearsal: 2_more" in refusal()
    (project.migrations / "2_more.sql").unlink()
    project.sql("CREATE INDEX by_hand ON orders (note)")
    assert "index public.by_hand" in refusal()
    project.sql("DROP INDEX by_hand")
    project.sql("CREATE SCHEMA app")
    assert "schema app" in refusal()
    project.sql("DROP SCHEMA app")
    (project.root / "rowkeep.toml").write_text('application-role = "shop_app"\n')
    assert "application-role is shop_app; it was not set" in refusal()
    (project.root / "rowkeep.toml").unlink()

    assert project.names() == []
    wrong = project.rowkeep("deploy", "--yes", "--rehearsed", "r.json", "--statements", "app.sql")
    assert wrong.returncode == 2
    edited = (project.root / "r.json").read_text().replace('"rows": 500', '"rows": 501')
    (project.root / "edited.json").write_text(edited)
    broken = project.json("deploy", "--yes", "--rehearsed", "edited.json")
    assert (broken["exit_code"], broken["error"]["code"]) == (2, "rehearsal-file-invalid")
    assert project.rowkeep("deploy", "--yes", "--rehearsed", "r.json").returncode == 0, "all is as it was again"


@pytest.mark.majors(18)
def test_what_the_rehearsal_saw_is_judged_by_the_deploy(project: Project) -> None:
    """The file says what is lost. Whether it may be, only the deploy's own options and the migrations say."""
    project.sql(SETUP)
    project.write("1_gone", "-- rowkeep: allow drop-column because a test\nALTER TABLE orders DROP COLUMN note;", None)
    accepted = ("--accept-loss", "public.orders.note", "--because", "nobody reads it")
    failed = project.rowkeep("rehearse", "--save", "r.json")
    assert failed.returncode == 1
    refused = project.json("deploy", "--yes", "--rehearsed", "r.json", *accepted)
    assert (refused["exit_code"], refused["error"]["what"]) == (1, "the saved rehearsal did not pass")

    assert project.rowkeep("rehearse", "--save", "r.json", *accepted).returncode == 0
    refused = project.json("deploy", "--yes", "--rehearsed", "r.json")
    assert (refused["exit_code"], refused["error"]["code"]) == (1, "data-loss"), refused
    assert project.sql("SELECT count(note) FROM orders") == [500]
    done = project.json("deploy", "--yes", "--rehearsed", "r.json", *accepted)
    assert done["exit_code"] == 0, done
    assert details(project)["because"] == "nobody reads it"


@pytest.mark.majors(18)
def test_the_library_saves_and_accepts(project: Project) -> None:
    project.sql(SETUP)
    project.write("1_add", ADD, BACK)
    mine = rowkeep.Project(project.root, project.conninfo)
    path = Path(project.root) / "r.json"
    assert mine.rehearse(save=path).rehearsal is not None
    with pytest.raises(rowkeep.Refused):
        rowkeep.Project(project.root, project.conninfo, rehearsal_max_age_s=0).deploy(rehearsed=path)
    with pytest.raises(rowkeep.Misused):
        mine.deploy(rehearsed=path, statements="app.sql")
    done = mine.deploy(rehearsed=path)
    assert done.saved is not None
    assert done.carried is not None
    assert [step.name for step, _ in done.carried.done] == ["1_add"]
    assert replace(done.saved).digest == json.loads(path.read_text())["digest"]
