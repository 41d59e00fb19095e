"""Every file that a migration becomes has a true way back of its own: up, down and up again, one file after another.

On a real server: after the down part of a file the structure is exactly what it was before that file, and going up
again makes exactly what was there. The quick form takes every recipe and some mixtures; `make test-fixes` many more.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.rewrite.cases import GIVEN, ROWS, mixture, recipes
from tests.rewrite.twins import Case, Side, Structure, prepare, sides

LONG = os.environ.get("ROWKEEP_FIXES") == "all"
SEEDS = range(600) if LONG else range(16)


def cases(home: Path, major: int) -> list[Case]:
    told = [*recipes(), *((f"mixture {seed}", *mixture(seed)) for seed in SEEDS)]
    found = []
    for number, (name, up, down) in enumerate(told):
        case = Case(name, GIVEN, ROWS, up, down, f"case_{number}")
        prepare(case, home / str(number), major)
        found.append(case)
    return found


def without_empty(found: set[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """The schema for what is retired stays for the next time."""
    return {each for each in found if not (each[0].startswith("schema") and each[1].endswith("_retired"))}


def differs(case: Case, one: Structure, other: Structure) -> str:
    left, right = without_empty(one[case.schema]), without_empty(other[case.schema])
    return "" if left == right else f"{sorted(left ^ right)}"


@pytest.mark.majors(14, 18)
def test_every_file_undoes_itself_and_no_more(server: object, database: str, tmp_path: Path) -> None:
    wrong: list[str] = []
    prepared = cases(tmp_path, server.major)  # type: ignore[attr-defined]
    assert sum(len(case.safe) > 1 for case in prepared) > len(prepared) / 2
    with sides(server, database, "ways_back") as (side,):
        for case in prepared:
            side.begin(case, filled=True)
        _climb(side, prepared, wrong)
    assert not wrong, "\n".join(wrong)


def _climb(side: Side, cases: list[Case], wrong: list[str]) -> None:
    """All cases file by file, so that one look at the catalog serves every case."""
    highest = max(len(case.safe) for case in cases)
    before = [side.structure()]
    for at in range(highest):
        _step(side, cases, at, "up", wrong)
        before.append(side.structure())
    for at in reversed(range(highest)):
        for direction, expected in (("down", before[at]), ("up", before[at + 1]), ("down", before[at])):
            _step(side, cases, at, direction, wrong)
            now = side.structure()
            for case in cases:
                # A case with fewer files still stands where its last file left it.
                told = differs(case, expected, now) if at < len(case.safe) else ""
                if told and case.name not in case.notes:
                    case.notes.append(case.name)
                    wrong.append(f"{case.name}, file {at + 1} {direction}: {told}\n{case.up}\n-- down\n{case.down}")
    for at in range(highest):
        _step(side, cases, at, "up", wrong)
    now = side.structure()
    wrong += [f"{case.name}: all files again" for case in cases if not case.notes and differs(case, before[-1], now)]


def _step(side: Side, cases: list[Case], at: int, direction: str, wrong: list[str]) -> None:
    for case in cases:
        if at >= len(case.safe) or case.notes:
            continue
        section = case.safe[at].up if direction == "up" else case.safe[at].down
        assert section is not None
        try:
            side.run(case, section)
        except Exception as error:
            case.notes.append(str(error))
            wrong.append(f"{case.name}, {case.safe[at].name} {direction}: {error}\n{case.up}\n-- down\n{case.down}")
