"""The scoreboard's judgement: what counts as named, half named and missed, and as a false alarm."""

from __future__ import annotations

import pytest
from bench.corpus import ROOT, Case, Danger, Place, Script
from bench.corpus.score import Mark, score
from bench.corpus.told import Told


def case(name: str, *dangers: Danger) -> Case:
    path = ROOT / f"{name}.sql"
    return Case(name, not dangers, path, (Script(path.name, path, ""),), "", frozenset(), dangers, {})


def told(line: int, *categories: str, severe: bool = True, aside: bool = False, file: str = "a-b.sql") -> Told:
    return Told(file, line, "a-rule", frozenset(categories), severe, aside)


DANGER = Danger("data", frozenset({"opaque"}), "all rows go", (Place("a-b.sql", 3, 5), Place("a-b.sql", 9, 9)))


@pytest.mark.parametrize(
    ("findings", "mark"),
    [
        ((), Mark.MISS),
        ((told(4, "data"),), Mark.HIT),
        ((told(9, "opaque"),), Mark.HIT),
        ((told(4, "lock"),), Mark.PARTIAL),
        ((told(1, "data"),), Mark.PARTIAL),
        ((told(1, "lock"),), Mark.MISS),
        ((told(4, "data", file="c.sql"),), Mark.PARTIAL),
        ((told(4, "data", aside=True),), Mark.MISS),
        ((told(1, "data"), told(5, "lock", "data")), Mark.HIT),
    ],
)
def test_a_danger_is_named_on_its_line_and_for_its_reason(findings: tuple[Told, ...], mark: Mark) -> None:
    found = score("x", [case("a-b", DANGER)], {"a-b": findings})
    assert [one.mark for one in found.judged] == [mark]
    assert found.clean == (mark is Mark.MISS)


def test_false_alarms_are_counted_on_safe_files_only() -> None:
    cases = [case("a-b", DANGER), case("safe-one"), case("safe-two"), case("safe-three")]
    findings = {
        "a-b": [told(1, "lock")],
        "safe-one": [told(1, "lock"), told(2, "repeat", severe=False)],
        "safe-two": [told(1, "style", severe=False, aside=True)],
    }
    found = score("x", cases, findings)
    assert set(found.false) == {"safe-one", "safe-two"}
    assert {name: len(all_) for name, all_ in found.severe.items()} == {"safe-one": 1}
    assert {name: len(all_) for name, all_ in found.noisy.items()} == {"safe-one": 2}
