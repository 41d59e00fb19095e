"""A regular expression that is compiled later is the same as one that is compiled now."""

import re

import pytest

from rowkeep.domain.late_regex import compile_later


def test_it_has_the_methods_of_a_compiled_expression() -> None:
    late, now = compile_later(r"(?P<word>[a-z]+)\d", re.IGNORECASE), re.compile(r"(?P<word>[a-z]+)\d", re.IGNORECASE)
    text = "A1 b2 -"
    assert (late.pattern, late.flags, late.groups, late.groupindex) == (
        now.pattern,
        now.flags,
        now.groups,
        now.groupindex,
    )
    for method in ("match", "search", "fullmatch"):
        assert str(getattr(late, method)(text)) == str(getattr(now, method)(text))
    assert late.match(text, 3, 5) is not None
    assert [str(found) for found in late.finditer(text)] == [str(found) for found in now.finditer(text)]
    for method in ("findall", "split"):
        assert getattr(late, method)(text) == getattr(now, method)(text)
    for method in ("sub", "subn"):
        assert getattr(late, method)("x", text) == getattr(now, method)("x", text)
    assert compile_later(rb"\d+").findall(b"1 22") == [b"1", b"22"]


def test_it_is_compiled_at_its_first_use() -> None:
    broken = compile_later("(")
    assert broken.pattern == "("
    with pytest.raises(re.error):
        broken.match("")
    late = compile_later("a")
    assert "match" not in vars(late)
    assert late.match("b") is None
    assert "match" in vars(late)
    with pytest.raises(AttributeError):
        late.__wrapped__  # type: ignore[attr-defined]  # noqa: B018
