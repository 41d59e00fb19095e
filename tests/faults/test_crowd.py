"""Two to eight runners at once: everything is applied exactly once, whoever does it."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.faults.story import STORIES, begin, consistent, ends
from tests.patience import PATIENCE_S

from rowkeep.errors import RowkeepError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.project import Project

pytestmark = [pytest.mark.server, pytest.mark.faults]

DONE, REFUSED, BUG = 0, 1, 70


def runner(project: Project, start: float) -> int:
    """`up` in a process of its own, from a given moment on; its pid."""
    child = os.fork()
    if child == 0:
        code = BUG
        try:
            time.sleep(max(0.0, start - time.monotonic()))
            project.run()
            code = DONE
        except RowkeepError:
            code = REFUSED
        finally:
            os._exit(code)
    return child


@pytest.mark.parametrize("story", list(STORIES))
def test_exactly_once(project: Project, story: str, rounds: int, record_property: Callable) -> None:
    """Round by round with 2 to 8 runners, half of the rounds with the failure still in the way."""
    project.settings = replace(project.settings, wait_s=PATIENCE_S)
    for number in range(rounds):
        begin(project, story)
        cured = number % 2 == 0
        if cured:
            project.sql(STORIES[story].cure)
        start = time.monotonic() + 0.05
        runners = [runner(project, start) for _ in range(2 + number % 7)]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in runners]
        assert set(codes) == ({DONE} if cured else {REFUSED}), f"round {number}: {codes}"
        consistent(project, story)
        ends(project, story)
    record_property("rounds", rounds)
