"""Which majors a test runs on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from tests.patience import PATIENCE_S

ROOT = Path(__file__).parents[2]
IN_TURN = "tests/workflows/test_deploy_deaths.py::test_killed_at"


def collect(majors: str) -> dict[str, set[str]]:
    """The majors of each case of a test that is marked `in_turn`. majors: those of ROWKEEP_TEST_MAJORS."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", IN_TURN],
        cwd=ROOT,
        env={**os.environ, "ROWKEEP_TEST_MAJORS": majors},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    cases = defaultdict(set)
    for major, case in re.findall(r"::test_killed_at\[(pg\d+)-(\w+)\]", done.stdout):
        cases[case].add(major)
    return cases


def test_cases_take_turns_on_their_majors_and_run_on_each_that_is_chosen() -> None:
    everywhere, in_turn = collect("15,18"), collect("")
    assert set(in_turn) == set(everywhere)
    assert all(majors == {"pg15", "pg18"} for majors in everywhere.values())
    assert all(len(majors) == 1 for majors in in_turn.values())
    assert set.union(*in_turn.values()) == {"pg15", "pg18"}
