"""How many deaths are died: a fixed sample, or with ROWKEEP_FAULTS=all (`make test-faults`) all of them."""

from __future__ import annotations

import os

import pytest

LONG = os.environ.get("ROWKEEP_FAULTS") == "all"


@pytest.fixture
def sample() -> int | None:
    """How many deaths one test dies; None: all."""
    return None if LONG else 1


@pytest.fixture
def rounds() -> int:
    """How many rounds several runners run against each other."""
    return 100 if LONG else 5


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The number of deaths that were died."""
    deaths = [
        int(value)
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == "deaths"
    ]
    if deaths:
        terminalreporter.write_line(
            f"{sum(deaths)} deaths in {len(deaths)} tests, every one followed by a run that finished"
        )
