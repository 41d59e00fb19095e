"""A statement ends where its last token ends: comments and blanks after it do not belong to it."""

from __future__ import annotations

import pytest

from rowkeep.domain.source import Span
from rowkeep.parse.text.lexer import meaningful_tokens
from rowkeep.parse.text.trim import trim_span

TEXTS = (
    "SELECT 1",
    "  SELECT 1 -- one",
    "SELECT 1 -- one\n  -- two\n",
    "SELECT 1 /* one */ /* two /* three */ */",
    "-- first\nSELECT '-- no comment'",
    "SELECT '*/'",
    "SELECT '*/' -- and a comment",
    "SELECT 1 -- a\r",
    "SELECT 1 -- a\rFROM b",
    "SELECT a -- b\n, c",
    "SELECT 1 /* a */ + 2",
    "SELECT 1 - -1",
    "SELECT $$ -- no comment $$",
    "SELECT $$ /* no comment */ $$",
    'SELECT 1 AS "--"',
    "SELECT 1 /* -- */",
    "SELECT 1 -- */",
    "-- only a comment",
    "/* only */ -- comments",
    "",
)


@pytest.mark.parametrize("text", TEXTS)
def test_the_span_is_from_the_first_to_the_last_token(text: str) -> None:
    tokens = list(meaningful_tokens(text))
    expected = Span(tokens[0].start, tokens[-1].end) if tokens else Span(0, 0)
    assert trim_span(text, 0, len(text)) == expected


@pytest.mark.parametrize("text", TEXTS)
def test_the_text_around_it_does_not_count(text: str) -> None:
    tokens = list(meaningful_tokens(text))
    expected = Span(tokens[0].start + 5, tokens[-1].end + 5) if tokens else Span(5, 5)
    assert trim_span(f"-- /*{text}*/ --", 5, 5 + len(text)) == expected
