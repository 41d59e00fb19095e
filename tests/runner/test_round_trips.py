"""How often `up` waits for an answer of the server: counted on the wire, so that no change adds a round trip unseen.

A number may only become smaller. The startup of a connection counts as one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.patience import PATIENCE_S
from tests.support.wire import STARTUP, RoundTrip, WireRecorder

from rowkeep.config.settings import DEVELOPMENT_DATABASE

if TYPE_CHECKING:
    from conftest import Project

pytestmark = [pytest.mark.server, pytest.mark.majors(14, 18)]

FIRST_OF_ALL = 7
"""Before the first migration of an empty database: history and ledger are created."""

ONE_MORE = 8
"""Before a migration that is added later: history and ledger are read."""

PRODUCTION = 1
"""More where an empty database counts as production: whether it is empty is asked."""

LINT = 2
"""More where the database counts as production and holds something: facts about the objects that are named."""

NOTHING_TO_DO = 6
"""All round trips of a run that finds nothing to do, the release of the run lock among them."""

AFTER_THE_LAST = 2
"""The run is over; release the run lock."""

BEGIN = "BEGIN READ WRITE"


def up(project: Project, *words: str, **environ: str) -> list[RoundTrip]:
    """The round trips of `up` over its own connection; another one may look at what it waits for."""
    with WireRecorder(project.conninfo) as wire:
        done = project.rowkeep("up", *words, DATABASE_URL=wire.conninfo, **environ)
        assert done.returncode == 0, done.stderr
        trips = [trip for trip in wire.round_trips if trip.connection == 0]
    assert trips[0].statements == (STARTUP,)
    return trips


def of_migrations(trips: list[RoundTrip]) -> list[int]:
    """The places of the round trips that run a migration."""
    return [number for number, trip in enumerate(trips) if BEGIN in trip.statements]


def write_five(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);\nCREATE INDEX a_id ON a (id);")
    project.write("2_b", "ALTER TABLE a ADD COLUMN n int;")
    project.write("3_c", "CREATE VIEW c AS SELECT id FROM a;")
    project.write("4_d", "INSERT INTO a SELECT n FROM generate_series(1, 9) AS n;")
    project.write("5_e", "CREATE TABLE e (id int);")


def test_before_the_first_migration_and_for_each(project: Project) -> None:
    write_five(project)
    trips = up(project)
    places = of_migrations(trips)
    # One for each migration that only adds. The guard of the INSERT is prepared once, and it answers before COMMIT.
    assert places == [FIRST_OF_ALL + number for number in (0, 1, 2, 4, 6)]
    assert len(trips) == places[-1] + 1 + AFTER_THE_LAST
    assert ["COMMIT" in trips[place].statements for place in places] == [True, True, True, False, True]
    assert project.names() == ["1_a", "2_b", "3_c", "4_d", "5_e"]


def test_before_one_more(project: Project) -> None:
    write_five(project)
    up(project)
    project.write("6_f", "CREATE TABLE f (id int);")
    assert of_migrations(up(project)) == [ONE_MORE]


def test_nothing_to_do(project: Project) -> None:
    write_five(project)
    up(project)
    trips = up(project)
    assert len(trips) == NOTHING_TO_DO


def test_a_database_that_was_marked_first(project: Project) -> None:
    """Its schema `rowkeep` exists before the ledger does."""
    project.develop()
    write_five(project)
    trips = up(project, **{DEVELOPMENT_DATABASE: ""})
    assert of_migrations(trips)[0] == FIRST_OF_ALL + 1, "the mark is read"
    assert project.sql("SELECT count(*) FROM rowkeep.entry") == [5]


def test_production(project: Project) -> None:
    project.production = True
    write_five(project)
    trips = up(project)
    assert of_migrations(trips)[0] == FIRST_OF_ALL + PRODUCTION
    project.write("6_f", "CREATE TABLE f (id int);")
    assert of_migrations(up(project)) == [ONE_MORE + LINT]


def test_files_that_are_adopted_cost_no_round_trip(project: Project) -> None:
    """The first run over the history of node-pg-migrate records the text of each migration."""
    write_five(project)
    up(project)
    project.sql("DROP SCHEMA rowkeep CASCADE")
    project.write("6_f", "CREATE TABLE f (id int);")
    trips = up(project)
    assert of_migrations(trips) == [ONE_MORE]
    outcomes = project.sql("SELECT outcome FROM rowkeep.entry ORDER BY id")
    assert outcomes == ["adopted"] * 5 + ["applied"]


MODULES = """
import sys
from rowkeep.cli import run
code = run(["up"])
assert code == 0, code
print(*sys.modules, file=sys.stderr)
"""

NOT_NEEDED = ("rowkeep.parse", "postgast", "google", "rowkeep.analysis", "rowkeep.rules", "rowkeep.runner")
NOT_NEEDED += ("rowkeep.database.executor", "rowkeep.domain.operation", "rowkeep.domain.statement")
NOT_NEEDED += ("rowkeep.programs.fetch", "rowkeep.scratch.embedded", "tarfile", "tomllib", "configparser")
NOT_NEEDED += ("importlib.metadata", "email", "zipfile")


def test_nothing_to_do_parses_and_plans_nothing(project: Project) -> None:
    """Of applied migrations only names and checksums are compared: the parser is not even imported."""
    write_five(project)
    up(project)
    environ = {**os.environ, "DATABASE_URL": project.conninfo}
    done = subprocess.run(
        [sys.executable, "-c", MODULES],
        cwd=project.root,
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    assert "nothing to do" in done.stdout
    imported = done.stderr.split()
    assert [name for name in imported if name.startswith(NOT_NEEDED)] == []
