"""A run that writes a history of a role that it does not trust."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.database.test_own_tables import PLANTED, make, prepare

from rowkeep.domain.event import Event, StatementStarted
from rowkeep.errors import Failed, HalfDone, RowkeepError
from rowkeep.report.errors import format_error

if TYPE_CHECKING:
    from tests.support.project import Project

pytestmark = pytest.mark.server


@pytest.mark.majors(14, 18)
@pytest.mark.parametrize(
    "change",
    ["CREATE TABLE made (id int)", "CREATE INDEX CONCURRENTLY made_id ON was (id)"],
    ids=["within", "outside"],
)
def test_a_trigger_that_comes_while_a_migration_runs_is_not_run(project: Project, change: str) -> None:
    with prepare(project.conninfo) as mallory:
        make(mallory)
        # A plain history of another role is no obstacle.
        project.write("1_a", "CREATE TABLE was (id int)")
        project.run()
        assert project.names() == ["1_a"]
        project.write("2_b", change)

        def emit(event: Event) -> None:
            if isinstance(event, StatementStarted):
                mallory.execute(PLANTED["trigger"].encode())

        with pytest.raises((Failed, HalfDone)) as failed:
            project.run(emit=emit)
        said = format_error(failed.value)
        assert "has the trigger x, which runs mal.fire() of the role mallory" in " ".join(said.split())
        assert "planted code ran" not in said
        assert project.names() == ["1_a"]
        assert not project.exists("made")
        with pytest.raises(RowkeepError, match="code of another role"):
            project.run()
        mallory.execute("DROP TRIGGER x ON public.pgmigrations")
        project.run()
        assert project.names() == ["1_a", "2_b"]
