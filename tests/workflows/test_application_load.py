"""`rehearse --with-load`: statements of the application run beside the migrations on the copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rowkeep.database.workload.run_workload import find_percentile

if TYPE_CHECKING:
    from tests.support.project import Project

ALLOW = "-- rowkeep: allow-file slow-while-locked because a test"


@pytest.mark.parametrize(
    ("values", "percent", "found"),
    [([], 50, 0.0), ([3.0], 99, 3.0), ([1.0, 2.0, 3.0, 4.0], 50, 2.0), ([*range(1, 101)], 99, 99)],
)
def test_percentiles(values: list[float], percent: int, found: float) -> None:
    assert find_percentile(values, percent) == found


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_a_load_beside_the_migrations_shows_the_stall_and_leaves_nothing(project: Project) -> None:
    bot = f"{project.name}_bot"
    project.sql(
        f"CREATE ROLE {bot} LOGIN; CREATE TABLE users (id int PRIMARY KEY, name text);"
        "INSERT INTO users SELECT n, 'u' || n FROM generate_series(1, 100) n; CREATE TABLE secret (id int);"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON users TO {bot}"
    )
    project.write("1_a", f"{ALLOW}\nALTER TABLE users ADD COLUMN phone text;\nSELECT pg_sleep(0.5);", None)
    file = project.root / "load.sql"
    file.write_text(
        "SELECT name FROM users WHERE id = 7;\nDELETE FROM users WHERE id = 8;\nINSERT INTO users VALUES (999, 'x');\n"
        "SELECT * FROM secret;\nSELECT name FROM users WHERE id = $1;\nDROP TABLE users;\n"
    )
    answer = project.json("rehearse", "--with-load", str(file))
    assert answer["exit_code"] == 0, answer["error"]
    rehearsal = answer["result"]["rehearsal"]
    load = rehearsal["load"]
    assert (load["statements"], load["left_out"], load["sessions"]) == (4, 2, 4)
    assert load["executed"] > 4
    # With the rights of the application: it may not read that table, and everything else works.
    assert list(load["failed"]) == ["42501"]
    # They waited for the lock that the migration held while it slept.
    assert load["worst"] > 0.2 and load["worst"] >= load["p99"] >= load["p50"] > 0
    assert load["worst_place"].endswith("1_a.sql:4:1") and "users" in load["worst_statement"]
    # What the load wrote was rolled back.
    assert rehearsal["losses"] == [] and rehearsal["overwritten"] == []

    file.write_text("SELECT name FROM users WHERE id = $1;")
    refused = project.rowkeep("rehearse", "--with-load", str(file))
    assert refused.returncode == 2 and "no statement can be run as load" in refused.stderr
    both = project.rowkeep("rehearse", "--with-load", str(file), "--save", "r.json")
    assert both.returncode == 2 and "--save cannot be combined" in both.stderr
