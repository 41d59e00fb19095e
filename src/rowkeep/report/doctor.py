"""The checks of `doctor` as text, grouped by family. The last line is the next step."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from itertools import groupby

from rowkeep.domain.health_check import Check, CheckResult
from rowkeep.report.text.visible import join_lines

MARKS: Mapping[CheckResult, str] = {
    CheckResult.OK: "ok  ",
    CheckResult.WARN: "warn",
    CheckResult.FAIL: "FAIL",
    CheckResult.UNKNOWN: "?   ",
}
NAME = 20
WIDTH = 110


def format_doctor(checks: Iterable[tuple[str, Check]], verbose: bool = False) -> str:
    """Every check by family. A passed check shows only its measurement, unless `verbose`."""
    listed = tuple(checks)
    rows: list[str] = []
    for family, group in groupby(listed, key=lambda item: item[0]):
        rows += [family, *(line for _, check in group for line in _lines(check, verbose))]
    return join_lines([*rows, "", *_summary([check for _, check in listed])])


def _lines(check: Check, verbose: bool) -> list[str]:
    indent = " " * (9 + NAME)
    first = f"  {MARKS[check.health]} {check.name:<{NAME}} "
    rows = textwrap.wrap(check.measured, WIDTH, initial_indent=first, subsequent_indent=indent)
    if check.health is CheckResult.OK and not verbose:
        return rows
    for number, line in enumerate(check.why.splitlines()):
        begin = f"{indent}{'why: ' if number == 0 else '     '} "
        rows += textwrap.wrap(line, WIDTH, initial_indent=begin, subsequent_indent=f"{indent}      ")
    rows += [f"{indent}next: {step}" for step in check.instead]
    return rows


def _summary(checks: list[Check]) -> list[str]:
    counts = ", ".join(
        f"{sum(check.health is health for check in checks)} {health.value}"
        for health in (CheckResult.FAIL, CheckResult.WARN, CheckResult.UNKNOWN, CheckResult.OK)
        if any(check.health is health for check in checks)
    )
    first = next(
        (
            check
            for health in (CheckResult.FAIL, CheckResult.WARN)
            for check in checks
            if check.health is health and check.instead
        ),
        None,
    )
    return [counts, *([f"next: {first.instead[0]}"] if first else [])]


def serialize_doctor(checks: Iterable[tuple[str, Check]]) -> list[dict[str, object]]:
    """The same for JSON."""
    return [
        {
            "family": family,
            "name": check.name,
            "outcome": check.health.value,
            "measured": check.measured,
            "why": check.why,
            "next": list(check.instead),
        }
        for family, check in checks
    ]
