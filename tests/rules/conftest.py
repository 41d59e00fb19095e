"""What lint finds in a few migrations, for tests of how a rule uses its context."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.rules.hints import find_problems

from rowkeep.analysis import LintOptions, analyze
from rowkeep.files import read_text

Find = Callable[..., list[str]]


@pytest.fixture
def find() -> Find:
    """find(*texts, of=(rules), major=14): `rule severity line` of every finding of these rules in the last text.

    On the way, the hint of every finding is checked: it is SQL that parses, or a sentence.
    """

    def ask(*texts: str, of: tuple[str, ...], major: int = 14) -> list[str]:
        read = [read_text(f"{number}_step.sql", text, "node-pg-migrate") for number, text in enumerate(texts, 1)]
        assert all(read)
        migrations = [migration for migration in read if migration is not None]
        options = LintOptions(only={migrations[-1].name}, select=of, major=major)
        findings = analyze(migrations, options).findings
        for finding in findings:
            assert not (finding.hint and find_problems(finding.hint)), f"{finding.rule}: {finding.hint}"
        return [f"{finding.rule} {finding.severity.value} {finding.place.line}" for finding in findings]

    return ask
