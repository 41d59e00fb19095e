"""What `--fix` writes, beside the original: the same structure and rows, on empty and on filled tables, and twice.

Twice: the migration, its down part as a migration of its own, and the migration again, so that names are taken. What
is retired is set aside. The quick form takes every recipe, some mixtures and the rules' own examples;
`make test-fixes` takes hundreds of mixtures.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import psycopg
import pytest
from tests.rewrite.cases import GIVEN, ROWS, mixture, recipes
from tests.rewrite.twins import Case, Side, Structure, kept, prepare, sides

from rowkeep import rules

LONG = os.environ.get("ROWKEEP_FIXES") == "all"
SEEDS = range(1000, 1400) if LONG else range(1000, 1008)
ELSEWHERE = re.compile(
    r"\b(?:ROLE|DATABASE|TABLESPACE|EXTENSION|PUBLICATION|SUBSCRIPTION|SYSTEM|SERVER|WRAPPER|EVENT TRIGGER|SCHEMA"
    r"|REASSIGN|OWNED|OWNER|pg_\w+|\w+\.\w+\.|dblink|COPY|VACUUM|CLUSTER|LARGE OBJECT)\b",
    re.IGNORECASE,
)
"""What reaches beyond the schema of a case."""


def told() -> list[tuple[str, str, str, str, str]]:
    """(name, given, rows, up, down)."""
    found = [(name, GIVEN, ROWS, up, down) for name, up, down in recipes()]
    found += [(f"mixture {seed}", GIVEN, ROWS, *mixture(seed)) for seed in SEEDS]
    for rule in rules.every():
        page = rules.page_of(rule)
        for number, example in enumerate(page.examples("Unsafe"), 1):
            text = "\n".join((page.given_sql, *example))
            if len(example) == 1 and not rule.witnessed and not ELSEWHERE.search(text):
                found.append((f"{rule.name} {number}", page.given_sql, "", example[0], ""))
    return found


def cases(home: Path, major: int) -> list[Case]:
    found: list[Case] = []
    for number, (name, given, rows, up, down) in enumerate(told()):
        case = Case(name, given, rows, up, down or None)
        prepare(case, home / str(number), major, (down, up) if down else ())
        if case.plain and any(
            one.source.text != other.source.text for one, other in zip(case.plain, case.safe, strict=False)
        ):
            found.append(case)
    return found


@pytest.mark.majors(18)
def test_a_fix_makes_the_same_database(server: object, database: str, tmp_path: Path) -> None:
    prepared = cases(tmp_path, server.major)  # type: ignore[attr-defined]
    wrong: list[str] = []
    compared = 0
    with sides(server, database, "beside_plain", "beside_safe") as (plain, safe):
        standing: list[tuple[Case, bool]] = []
        for number, case in enumerate(prepared):
            for filled in (False, True) if case.rows else (True,):
                case.schema = f"case_{2 * number + filled}"
                if _runs(plain, case, filled=filled) and _fixed_runs(safe, case, wrong, filled=filled):
                    standing.append((case, filled))
        structures = plain.structure(), safe.structure()
        for case, filled in standing:
            case.schema = f"case_{2 * prepared.index(case) + filled}"
            compared += 1
            wrong += _differences(case, structures, (plain, safe))
    assert not wrong, "\n".join(wrong)
    assert compared > len(prepared) * 0.8


def _runs(side: Side, case: Case, *, filled: bool) -> bool:
    """Whether the original runs at all: a unique index over rows that are alike, for example, does not."""
    try:
        side.begin(case, filled=filled)
        for migration in case.plain:
            side.run(case, migration.up)
    except psycopg.Error:
        return False
    return True


def _fixed_runs(side: Side, case: Case, wrong: list[str], *, filled: bool) -> bool:
    side.begin(case, filled=filled)
    for migration in case.safe:
        try:
            side.run(case, migration.up)
        except psycopg.Error as error:
            wrong.append(f"{case.name}, {migration.name}: {error}\n{migration.source.text}")
            return False
    return True


def _differences(case: Case, structures: tuple[Structure, Structure], both: tuple[Side, Side]) -> list[str]:
    one, other = (structure[case.schema] for structure in structures)
    retires = any("retired" in " ".join(each) for each in other) or "retired" in "".join(
        each.source.text for each in case.safe
    )
    left, right = kept(one), kept(other)
    if retires:
        # A retired column keeps its place, and its constraints the names that PostgreSQL would give again.
        left, right = ({_uncounted(each) for each in items if each[0] != "column order"} for items in (left, right))
    # DETACH CONCURRENTLY leaves a CHECK of the bound behind; its manual page says so.
    right = {each for each in right if not (" DETACH " in case.up and each[1].endswith("_check"))}
    found = [] if left == right else [f"{case.name}: {sorted(left ^ right)}\n{case.up}"]
    rows = [side.rows(case) for side in both]
    if rows[0] != rows[1]:
        found.append(f"{case.name}: other rows\n{rows[0]}\n{rows[1]}\n{case.up}")
    return found


def _uncounted(item: tuple[str, str, str]) -> tuple[str, ...]:
    return tuple(re.sub(r"_(key|check|fkey|pkey|idx|seq)\d+\b", r"_\1", each) for each in item)
