"""A deploy says what it will do to production, refuses what would block it too long, and keeps the score."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rowkeep.config import Settings
from rowkeep.domain.deploy.deployment import Acceptance
from rowkeep.domain.deploy.prediction import PredictedLock, Prediction
from rowkeep.domain.history.ledger import EntryOutcome, HistoryEntry
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.source import Place
from rowkeep.errors import Refused
from rowkeep.report.history import format_history
from rowkeep.workflows.rehearsal.prediction import refuse_long_locks

if TYPE_CHECKING:
    from tests.support.project import Project

SETUP = """
CREATE TABLE orders (id int PRIMARY KEY, user_id int, note text);
INSERT INTO orders SELECT n, n % 100, repeat('x', 50) FROM generate_series(1, 20000) n;
CREATE TABLE events (at int, kind int) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (1000);
INSERT INTO events SELECT n, n FROM generate_series(1, 900) n;
"""
ALLOW = (
    "-- rowkeep: allow type-change-rewrites-table because a test\n-- rowkeep: allow narrow-integer because a test\n"
)
REWRITE = f"{ALLOW}ALTER TABLE orders ALTER COLUMN user_id TYPE bigint;"
BACK = "ALTER TABLE orders ALTER COLUMN user_id TYPE int;"


def by_kind(prediction: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(work["migration"], work["kind"]): work for work in prediction["work"]}


@pytest.mark.majors(14, 18)
def test_prediction_and_reality_stand_side_by_side(project: Project) -> None:
    project.sql(SETUP)
    project.write("1_add", "ALTER TABLE orders ADD COLUMN points int;", "ALTER TABLE orders DROP COLUMN points;")
    project.write("2_index", "CREATE INDEX CONCURRENTLY i ON orders (user_id);", "DROP INDEX CONCURRENTLY i;")
    project.write("3_fill", "UPDATE orders SET points = 3 WHERE points IS NULL;")
    project.write("4_check", "ALTER TABLE events ADD CONSTRAINT c CHECK (at > 0) NOT VALID;", None)
    project.write("5_valid", "ALTER TABLE events VALIDATE CONSTRAINT c;", None)
    done = project.json("deploy", "--yes", "--report", "report.html")
    assert done["exit_code"] == 0, done
    prediction = done["result"]["prediction"]

    locks = {lock["migration"]: lock for lock in prediction["locks"]}
    assert set(locks) == {"1_add", "4_check"}
    assert (locks["1_add"]["table"], locks["1_add"]["mode"]) == ("public.orders", "AccessExclusiveLock")
    assert locks["1_add"]["predicted_s"] == locks["1_add"]["rehearsed_s"] > 0, "no row is read: nothing is scaled"
    assert locks["1_add"]["actual_s"] > 0
    work = by_kind(prediction)
    assert set(work) == {("2_index", "index build"), ("3_fill", "row changes"), ("5_valid", "validation scan")}
    assert work["3_fill", "row changes"]["rows"] == 20_000
    assert work["5_valid", "validation scan"]["table"] == "public.events"
    for one in work.values():
        assert one["writes_go_on"] is True
        assert 0 < one["rehearsed_s"] <= one["predicted_s"]
        assert one["actual_s"] > 0
    sizes = {size["table"]: size for size in prediction["sizes"]}
    assert sizes["public.orders"]["copy_rows"] == sizes["public.orders"]["production_rows"] == 20_000
    assert sizes["public.events"]["copy_bytes"] > 0, "the rows are in a partition"
    assert sizes["public.events"]["production_rows"] == 900
    assert [step["migration"] for step in prediction["migrations"]] == [
        "1_add",
        "2_index",
        "3_fill",
        "4_check",
        "5_valid",
    ]
    assert all(step["actual_s"] > 0 for step in prediction["migrations"])

    page = (project.root / "report.html").read_text()
    assert "Prediction and reality" in page
    assert "The way back" in page

    entries = {entry["migration"]: entry for entry in project.json("history")["result"]["entries"]}
    assert entries["1_add"]["predicted"]["locks"][0]["table"] == "public.orders"
    assert entries["2_index"]["predicted"]["work"] == [
        {
            "kind": "index build",
            "table": "public.orders",
            "seconds": work["2_index", "index build"]["predicted_s"],
        }
    ]
    text = project.rowkeep("history").stdout
    assert "predicted" in text
    assert "public.orders: ACCESS EXCLUSIVE predicted" in text

    trips = {trip["migration"]: trip["has_down"] for trip in done["result"]["roundtrip"]["trips"]}
    assert trips == {"1_add": True, "2_index": True, "3_fill": False, "4_check": False, "5_valid": False}
    # What was rehearsed on the way opens the way back; what has no down part does not.
    kept = project.sql("SELECT DISTINCT migration FROM rowkeep.roundtrip ORDER BY 1")
    assert kept == ["1_add", "2_index"]


@pytest.mark.majors(18)
def test_a_lock_beyond_the_budget_is_refused_and_accepted_by_name(project: Project) -> None:
    project.sql(SETUP)
    project.write("1_type", REWRITE, BACK)
    words = ("deploy", "--yes", "--max-lock", "1ms")
    refused = project.json(*words)
    assert refused["exit_code"] == 1
    error = refused["error"]
    assert error["code"] == "lock-budget-exceeded"
    assert "public.orders: ACCESS EXCLUSIVE" in error["why"]
    assert "at most 0.001 s" in error["why"]
    assert error["state"] == "unchanged"
    (step,) = [step for step in error["next"] if "--accept-lock" in step]
    assert "rowkeep deploy --yes --max-lock 1ms --output-format json --accept-lock public.orders --because" in step
    assert project.names() == []
    assert project.sql("SELECT format_type(atttypid, -1) FROM pg_attribute WHERE attname = 'user_id'") == ["integer"]

    assert project.rowkeep(*words, "--accept-lock", "public.orders").returncode == 2, "no reason"
    assert (
        project.rowkeep("rehearse", "--max-lock", "1ms", "--accept-lock", "public.users", "--because", "x").returncode
        == 1
    )
    done = project.json(*words, "--accept-lock", "public.orders", "--because", "at night")
    assert done["exit_code"] == 0, done
    kept = project.sql("SELECT details FROM rowkeep.run WHERE command = 'deploy' ORDER BY began_at DESC LIMIT 1")[0]
    assert (kept["accepted_locks"], kept["because"]) == (["public.orders"], "at night")
    (work,) = done["result"]["prediction"]["work"]
    assert (work["kind"], work["writes_go_on"]) == ("table rewrite", False)


@pytest.mark.majors(18)
def test_the_way_back_is_rehearsed_unless_told_not_to(project: Project) -> None:
    project.sql(SETUP)
    project.write("1_add", "ALTER TABLE orders ADD COLUMN IF NOT EXISTS points int;", "SELECT 1;")
    refused = project.json("deploy", "--yes")
    assert (refused["exit_code"], refused["error"]["code"]) == (1, "roundtrip-differs"), refused
    assert any(step.startswith("rowkeep deploy --no-roundtrip") for step in refused["error"]["next"])
    assert project.names() == []
    assert not project.exists("rowkeep.roundtrip"), "no earlier pass to withdraw: production is left alone"

    project.write("1_add", "ALTER TABLE orders ADD COLUMN points int;", "ALTER TABLE nobody DROP COLUMN points;")
    failed = project.json("deploy", "--yes")
    assert (failed["exit_code"], failed["error"]["state"]) == (5, "unchanged"), failed
    assert any(step.startswith("rowkeep deploy --no-roundtrip") for step in failed["error"]["next"])

    done = project.json("deploy", "--yes", "--no-roundtrip")
    assert (done["exit_code"], done["result"]["roundtrip"]) == (0, None)
    assert project.names() == ["1_add"]


@pytest.mark.majors(18)
def test_the_ledger_is_read_whatever_stands_in_it(project: Project) -> None:
    project.sql(SETUP)
    project.write("1_add", "ALTER TABLE orders ADD COLUMN points int;")
    assert project.rowkeep("deploy", "--yes", "--no-roundtrip").returncode == 0
    for hostile in (
        7,
        {"seconds": "x", "locks": 3},
        {"seconds": -1, "locks": [{"table": "a\x1b[2Jb", "mode": 1, "hold_s": 10**400}]},
        {"seconds": True, "locks": [[]]},
    ):
        value = json.dumps({"predicted": {"1_add": hostile}})
        project.sql(f"UPDATE rowkeep.run SET details = details || '{value}'::jsonb")
        shown = project.rowkeep("history")
        assert shown.returncode == 0, shown.stderr
        assert "\x1b" not in shown.stdout


def test_beyond_the_hold_limit_only_a_higher_limit_helps() -> None:
    place = Place("migrations/1_a.sql", 2, 1)
    lock = PredictedLock("1_a", "public.orders", LockMode.SHARE, place, 4.0, 60.0)
    unknown = PredictedLock("1_a", "public.empty", LockMode.SHARE, place, 4.0, None)
    prediction = Prediction(locks=(lock, unknown))
    accepted = Acceptance(because="a test", locks=frozenset({"public.orders"}))
    for acceptance in (Acceptance(), accepted):
        with pytest.raises(Refused) as caught:
            refuse_long_locks(prediction, Settings(hold_limit_s=30), acceptance)
        assert caught.value.where == place
        why = "public.orders: SHARE about 60 s (1_a): writes wait; after 30 s (--hold-limit) it would be rolled back"
        assert caught.value.why == why
        assert any(step.startswith("rowkeep deploy --hold-limit 90s ") for step in caught.value.instead)
        assert not any("--accept-lock" in step for step in caught.value.instead)
    refuse_long_locks(prediction, Settings(hold_limit_s=90), Acceptance())
    refuse_long_locks(prediction, Settings(hold_limit_s=0), Acceptance())
    with pytest.raises(Refused):
        refuse_long_locks(prediction, Settings(hold_limit_s=0, max_lock_s=59), Acceptance())
    refuse_long_locks(prediction, Settings(hold_limit_s=0, max_lock_s=59), accepted)


@pytest.mark.parametrize("predicted", [None, 7, [], {"seconds": float("inf")}, {"locks": [{"mode": []}]}])
def test_a_prediction_that_is_none_is_not_shown(predicted: Any) -> None:
    from datetime import datetime

    entry = HistoryEntry("1_a", EntryOutcome.APPLIED, datetime(2026, 1, 1), predicted=predicted)
    assert "1_a" in format_history((entry,), "shop")
