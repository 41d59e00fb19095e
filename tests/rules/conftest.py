"""What the judge says of a few migrations, for tests of one rule's eye for its surroundings."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rowkeep.analysis import LintOptions, analyze
from rowkeep.files import read_text

Said = Callable[..., list[str]]


@pytest.fixture
def said() -> Said:
    """said(*texts, of=(rules), major=14): `rule severity line` of every finding of these rules in the last text."""

    def ask(*texts: str, of: tuple[str, ...], major: int = 14) -> list[str]:
        migrations = [read_text(f"{number}_step.sql", text, "node-pg-migrate") for number, text in enumerate(texts, 1)]
        assert all(migrations)
        there = [each for each in migrations if each is not None]
        found = analyze(there, LintOptions(only={there[-1].name}, select=of, major=major)).findings
        return [f"{each.rule} {each.severity.value} {each.place.line}" for each in found]

    return ask
