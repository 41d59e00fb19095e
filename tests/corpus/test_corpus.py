"""The corpus is whole: every file is described, every description has its file, and every known danger is there."""

from __future__ import annotations

import re

from bench.corpus import PROMISES, ROOT, cases

UNCOVERED = {
    "2": "PostgreSQL before 11, which we do not support",
    "12": "any added column: harmless by itself",
    "13": "a matter of Rails",
    "42": "an old minor version of the server, not a text",
    "44": "style",
    "47": "style",
    "53": "style",
    "70": "hygiene; the runner sets these timeouts itself",
    "88": "a load, not a fault of the text",
    "90": "style",
    "91": "style",
    "92": "style",
    "93": "style",
    "98": "comments of the linters themselves",
    "B17": "sizes and write rates are facts of a live database",
    "B26": "false findings: the safe files",
}
"""Rows of the catalogue of known dangers that a migration's text cannot show, or that are no danger."""

EVIDENCE = {"loses", "shows", "breaks", "fails", "proof", "leaves", "twice"}


def test_every_file_is_described() -> None:
    described = {script.path for case in cases() for script in case.scripts}
    for kind in ("dangerous", "safe"):
        undescribed = set((ROOT / kind).rglob("*.sql")) - described
        assert not undescribed, f"not in {kind}/expected.toml: {sorted(path.name for path in undescribed)}"
    assert all(script.text.strip() for case in cases() for script in case.scripts)


def test_there_are_enough() -> None:
    assert sum(not case.safe for case in cases()) >= 150
    assert sum(case.safe for case in cases()) >= 80


def test_names_begin_with_the_promise() -> None:
    assert {case.category for case in cases()} == set(PROMISES)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", case.name) for case in cases())


def test_every_danger_has_a_place_and_evidence() -> None:
    for case in cases():
        texts = {script.name: script.text.splitlines() for script in case.scripts}
        assert case.safe or case.dangers, case.name
        for danger in case.dangers:
            assert danger.category in PROMISES and danger.accepts <= set(PROMISES) - {danger.category}, case.name
            for place in danger.places:
                lines = texts[place.file][place.first - 1 : place.last]
                assert len(lines) == place.last - place.first + 1 and lines[0].strip(), f"{case.name}: {place}"
        if case.facts.get("runs", True):
            assert case.safe or EVIDENCE & set(case.facts), f"{case.name}: nothing that the server could bear out"
        else:
            assert case.facts["because"], case.name


def test_every_known_danger_is_covered() -> None:
    known = {str(row) for row in range(1, 100)} | {f"B{hole}" for hole in range(1, 29)}
    covered = {row for case in cases() if not case.safe for row in case.covers}
    assert covered <= known
    assert known - covered == set(UNCOVERED)
    assert "B26" in {row for case in cases() if case.safe for row in case.covers}


def test_files_are_short_and_name_no_tool() -> None:
    for case in cases():
        for script in case.scripts:
            assert len(script.text.splitlines()) <= 40, script.path
            assert "rowkeep" not in script.text.lower() and "squawk" not in script.text.lower(), script.path
