"""Comments, strings and bodies are told apart as PostgreSQL tells them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowkeep.files.content.tokenizer import TextKind, first_code, kind_at, split_pieces

PARTS = (
    *("--", "-", "/*", "*/", "\\", "'", "e'", "$$", "$a$", '"', "x", ";"),
    *("\n", "\r", " ", "\u00a0", "\u2028", "\x1c"),
)


def kinds(text: str) -> list[tuple[str, str]]:
    return [(piece.kind.name, text[piece.start : piece.end]) for piece in split_pieces(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a -- b\nc", [("CODE", "a "), ("LINE_COMMENT", "-- b"), ("CODE", "\nc")]),
        ("/* a /* b */ c */d", [("BLOCK_COMMENT", "/* a /* b */ c */"), ("CODE", "d")]),
        ("/* open", [("BLOCK_COMMENT", "/* open")]),
        ("'it''s -- no'x", [("STRING", "'it''s -- no'"), ("CODE", "x")]),
        (r"'\' -- b", [("STRING", r"'\'"), ("CODE", " "), ("LINE_COMMENT", "-- b")]),
        (r"e'\' -- b'", [("STRING", r"e'\' -- b'")]),
        ("e'a'\n'\\'b'c", [("STRING", "e'a'\n'\\'b'"), ("CODE", "c")]),
        ('"a--""b"', [("NAME", '"a--""b"')]),
        ("$a$ $$ -- $b$ $a$c", [("BODY", "$a$ $$ -- $b$ $a$"), ("CODE", "c")]),
        ("x$a$ -- b", [("CODE", "x$a$ "), ("LINE_COMMENT", "-- b")]),
        ("$$a$$$$b$$", [("BODY", "$$a$$"), ("BODY", "$$b$$")]),
        ("$1 + $2", [("CODE", "$1 + $2")]),
        ("$$ open", [("BODY", "$$ open")]),
        ("$é$ ' $é$", [("BODY", "$é$ ' $é$")]),
        ("", []),
    ],
)
def test_pieces(text: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(text) == expected


@given(st.text(alphabet="ab'\"$-/*\\\n\rEe1 ;é", max_size=40))
def test_pieces_cover_the_text(text: str) -> None:
    found = list(split_pieces(text))
    assert "".join(text[piece.start : piece.end] for piece in found) == text
    assert all(piece.end > piece.start for piece in found)


@given(st.text(alphabet="ab'\"$-/*\\\n\rEe1 ;é", max_size=40))
def test_the_kind_at_a_place_is_that_of_its_piece(text: str) -> None:
    known = 0
    for piece in split_pieces(text):
        for offset in range(piece.start, piece.end):
            for start in (0, known, piece.start):
                found = kind_at(text, offset, start)
                assert found.kind is piece.kind, (offset, found, piece)
                assert found.kind is TextKind.CODE or found == piece
        known = piece.start


def test_first_code() -> None:
    assert first_code(" -- a\n /* b */ \n\n select") == 18
    assert first_code("-- only\n") is None
    assert first_code("'text'") == 0


@given(st.lists(st.sampled_from(PARTS), max_size=8).map("".join))
def test_first_code_is_that_of_the_pieces(text: str) -> None:
    """It looks at few characters; what it finds is what lies in the first piece that is no comment and not blank."""
    comments = (TextKind.LINE_COMMENT, TextKind.BLOCK_COMMENT)
    blank = "".join(
        " " * (piece.end - piece.start) if piece.kind in comments else text[piece.start : piece.end]
        for piece in split_pieces(text)
    )
    assert first_code(text) == (len(blank) - len(blank.lstrip()) if blank.strip() else None)


def test_kinds_have_words() -> None:
    assert {kind.value for kind in TextKind} >= {"string", "block comment", "dollar-quoted body"}
