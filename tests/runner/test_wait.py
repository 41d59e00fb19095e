"""`wait --for-migrations`: 0 when all are applied, 4 when the time is over, 3 without a server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from conftest import Project

pytestmark = [pytest.mark.server, pytest.mark.majors(18)]

WAIT = ("wait", "--for-migrations", "--timeout")


@pytest.mark.majors(15, 18)
def test_it_ends_when_the_migrations_are_applied(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    late = project.rowkeep(*WAIT, "200ms")
    assert (late.returncode, "1_a" in late.stderr) == (4, True), late.stderr
    assert not project.exists("pgmigrations"), "it only reads"
    with subprocess.Popen(
        [sys.executable, "-m", "rowkeep", *WAIT, "40s"],
        cwd=project.root,
        env={**os.environ, "DATABASE_URL": project.conninfo},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as waiting:
        assert waiting.stderr is not None
        assert "the migrations" in waiting.stderr.readline(), "it waits now"
        project.run()
        said, _ = waiting.communicate(timeout=PATIENCE_S)
        assert (waiting.returncode, "all 1 migration applied" in said) == (0, True)
    assert project.rowkeep(*WAIT, "0").returncode == 0


def test_a_server_that_is_not_there_yet_is_tried_again(project: Project) -> None:
    with socket.socket() as taken:
        # Bound and not listening: nobody else gets the port, and a connection is refused.
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        done = project.rowkeep(*WAIT, "1s", "--database", f"postgresql://nobody@127.0.0.1:{port}/x")
    assert done.returncode == 3, done.stderr
    assert "waiting" in done.stderr.lower()
    assert project.rowkeep("wait").returncode == 2
