"""File names sort as node-pg-migrate sorts them (`test_old_tool.py` asks the old tool itself)."""

from __future__ import annotations

import math

import pytest

from rowkeep.files.order import prefix_number, sort_names


def test_the_order_that_was_seen() -> None:
    seen = ["1_a2.sql", "1_a10.sql", "01_a.sql", "1-a.sql", "1_a.sql", "1_B2.sql", "1_b.sql"]
    assert sort_names(reversed(seen)) == seen


def test_a_date_of_17_digits_sorts_among_milliseconds() -> None:
    names = ["1735689600001_b.sql", "20250101000000000_a.sql", "1735689599999_c.sql"]
    assert sort_names(names) == ["1735689599999_c.sql", "20250101000000000_a.sql", "1735689600001_b.sql"]


def test_a_date_of_14_digits_sorts_after_milliseconds() -> None:
    assert sort_names(["20200101000000_a.sql", "1735689600000_b.sql"])[0] == "1735689600000_b.sql"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1_a", 1),
        ("0010_a", 10),
        ("readme", 0),
        ("20250230000000000_x", 1740873600000),
        ("20250430240000000_x", 1746057600000),
    ],
)
def test_number(name: str, expected: float) -> None:
    assert prefix_number(name) == expected


@pytest.mark.parametrize("name", ["20251301000000000_x", "20250132000000000_x", "20250101246000000_x"])
def test_17_digits_that_are_no_date(name: str) -> None:
    assert math.isnan(prefix_number(name))


def test_a_prefix_of_any_length() -> None:
    assert sort_names(["9" * 400 + "_b", "1_a"]) == ["1_a", "9" * 400 + "_b"]
