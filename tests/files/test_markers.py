"""The cut of a file at its markers, and what is said about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowkeep.domain.migration import Remark, Section
from rowkeep.domain.source import Source
from rowkeep.files.content.markers import cut_sections
from rowkeep.files.content.tokenizer import first_code

UP, DOWN = "-- Up Migration\n", "-- Down Migration\n"


def cut_text(text: str) -> tuple[Section, Section | None, tuple[Remark, ...]]:
    return cut_sections(Source("1_a.sql", text))


def said(text: str) -> list[tuple[str, bool, str]]:
    """Each remark: its kind, whether it is fatal, and the text it points at."""
    return [(r.kind, r.fatal, text[r.span.start : r.span.end]) for r in cut_text(text)[2]]


def parts(text: str) -> tuple[str, str | None]:
    up, down, _ = cut_text(text)
    return up.text, down.text if down else None


@pytest.mark.parametrize(
    ("text", "up", "down"),
    [
        ("select 1;", "select 1;", None),
        (f"{UP}select 1;\n{DOWN}select 2;", f"{UP}select 1;\n", f"{DOWN}select 2;"),
        (f"{DOWN}select 2;\n{UP}select 1;", f"{UP}select 1;", f"{DOWN}select 2;\n"),
        (f"{UP}select 1;", f"{UP}select 1;", None),
        ("--- - up   MIGRATIONs\nselect 1;\n", "--- - up   MIGRATIONs\nselect 1;\n", None),
        # A line begins after \r, too: the cut falls between \r and \n.
        ("-- Up Migration\r\nA;\r\n-- Down Migration\r\n", "-- Up Migration\r\nA;\r", "\n-- Down Migration\r\n"),
        (f"\n\n{UP}select 1;\n\n\n{DOWN}", f"\n\n{UP}select 1;\n", f"\n\n{DOWN}"),
        (f"-----\n{UP}-----\nselect 1;", f"-----\n{UP}-----\nselect 1;", None),
        ("select 1; -- up migration", "select 1; -- up migration", None),
        ("", "", None),
    ],
)
def test_cuts_as_node_pg_migrate_does(text: str, up: str, down: str | None) -> None:
    assert parts(text) == (up, down)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{UP}select 1;\n{DOWN}select 2;", []),
        (f"-- licence\n/*\n{UP} */\n", [("look-alike-marker", True, "Up Migration")]),
        (f"-- ===\n{UP}-- ===\nselect 1;\n-- ===\n-- DOWN Migration (Rollback)\n-- ===\n", []),
        (f"set x = 1;\n{UP}select 1;", [("text-before-marker", True, "set x = 1;")]),
        (f"{DOWN}drop table x;", [("down-only", True, "Down Migration")]),
        (
            f"{UP}select 1;\n-- down migration is not possible\nselect 2;",
            [("look-alike-marker", True, "down migration")],
        ),
        (f"-- up migration for issue 7\nselect 1;\n{DOWN}", [("look-alike-marker", False, "up migration")]),
        (f"{UP}select '\n{DOWN}';", [("look-alike-marker", True, "Down Migration")]),
        (f"{UP}do $b$ begin\n{DOWN}end $b$;", [("look-alike-marker", True, "Down Migration")]),
        (f"{UP}select 1;\n{UP}select 2;", [("repeated-marker", False, "Up Migration")]),
        (f"{UP}select 1;\n{DOWN}select 2;\n{UP}select 3;", [("repeated-marker", True, "Up Migration")]),
        (f"{UP}select 1;\n{DOWN}-- up migration made x\nselect 2;", []),
        ("create table x ();\n-- migrate:down\ndrop table x;", [("unknown-marker", True, "migrate:down")]),
        (f"{UP}create table x ();\n-- Rollback\ndrop table x;", [("unknown-marker", True, "Rollback")]),
        (f"{UP}create table x ();\n-- down with it\n", []),
        (f"{UP}\n{DOWN}", [("empty-migration", False, "")]),
        (" \n-- nothing\n", [("empty-migration", False, "")]),
    ],
)
def test_what_the_cut_would_lose_is_said(text: str, expected: list[tuple[str, bool, str]]) -> None:
    assert said(text) == expected


def test_no_transaction_in_one_part_and_for_both() -> None:
    up, down, _ = cut_text(f"{UP}-- rowkeep: no-transaction\nselect 1;\n{DOWN}select 2;")
    assert (up.transaction, down and down.transaction) == (False, None)
    up, down, _ = cut_text(f"-- rowkeep: no-transaction\n\n{UP}select 1;\n{DOWN}select 2;")
    assert (up.transaction, down and down.transaction) == (False, False)


def test_no_transaction_in_a_string_says_nothing() -> None:
    assert cut_text("select '\n-- rowkeep: no-transaction\n';")[0].transaction is None


SNIPPETS = st.sampled_from(
    [
        UP,
        DOWN,
        "-- up migration of old\n",
        "--\n-- down migration\r\n",
        "select 1;",
        "select '",
        "'",
        "$$",
        "$b$",
        "/*",
        "*/",
        '"',
        "\n",
        "\r",
        " ",
        "--",
        "e'\\''",
        "-- note\n",
        "\u2028",
        "\ufeff",
    ]
)


@given(st.lists(SNIPPETS | st.text(max_size=5), max_size=12).map("".join))
def test_no_character_is_lost_in_silence(text: str) -> None:
    up, down, remarks = cut_text(text)
    kept = set(range(up.span.start, up.span.end))
    if down is not None:
        kept |= set(range(down.span.start, down.span.end))
    lost = "".join(sign for at, sign in enumerate(text) if at not in kept)
    assert text.startswith(lost)
    if first_code(lost) is not None:
        assert any(remark.kind == "text-before-marker" and remark.fatal for remark in remarks)
    if down is not None and not any(remark.kind == "down-only" for remark in remarks):
        assert up.span.end <= down.span.start or down.span.end <= up.span.start


@given(st.lists(SNIPPETS | st.text(max_size=5), max_size=12).map("".join))
def test_remarks_point_into_the_text(text: str) -> None:
    for remark in cut_text(text)[2]:
        assert 0 <= remark.span.start <= remark.span.end <= len(text)
