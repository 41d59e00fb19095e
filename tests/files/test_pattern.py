"""`ignore-pattern` means what Python's `re` means, in bounded time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.patience import PATIENCE_S

from rowkeep.errors import Misused
from rowkeep.files.filesystem.pattern import Pattern

PATTERNS = (
    r"\..*",
    r"(.*\.d\.ts|\..*)",
    r"^(?!.*\.sql$).*",
    r"(?=a).*b",
    r"(a|b)*c{2,3}[^x-z]?",
    r"(?i)abc\d+\w*",
    r"a.b\b.*",
    r"(?:ab|a)(?:c|bc)",
    r"[\w.-]+\.(js|ts)$",
    r"a*?b+?",
    r"x{0}y",
    r"(a?){3}b",
    "",
)


@pytest.mark.parametrize("text", PATTERNS)
@given(word=st.text("abcxyz1_. sqltd\n", max_size=12))
@settings(max_examples=60, deadline=None)
def test_it_matches_what_re_matches(text: str, word: str) -> None:
    ours, theirs = Pattern(text, "x"), re.compile(text)
    for whole in (word, f"{word}.sql", f"{word}.d.ts"):
        assert ours.fullmatch(whole) == bool(theirs.fullmatch(whole))


@pytest.mark.timeout(PATIENCE_S)
@pytest.mark.parametrize(
    "text", ["(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*)*(.*)*x", ".*.*.*.*.*.*x", "((((a*)*)*)*)*b", "(a{0,99}){0,99}b"]
)
def test_no_expression_takes_for_ever(text: str) -> None:
    found = Pattern(text, "x")
    for _ in range(20):
        assert found.fullmatch(f"{'a' * 250}!") is False


@pytest.mark.parametrize("text", ["(", "[a", "a{99999999999}", r"(a)\1", "(?<=a)b", "a" * 2000])
def test_what_cannot_be_followed_is_refused(text: str) -> None:
    with pytest.raises(Misused) as caught:
        Pattern(text, "ignore-pattern").fullmatch("a")
    assert "ignore-pattern" in caught.value.what
