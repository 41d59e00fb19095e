"""The places of TOML keys, which tomllib does not tell: found for every key that it finds."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowkeep.config.document import Path, TomlDocument, parse_toml
from rowkeep.errors import Misused

SAMPLE = '''\
# a comment with [brackets] and key = 1
plain = 1
"quoted key" = "a # no comment"
dotted . 'inner' = true
multi = """
[not.a.table]
x = "y"
"""
literal = \'\'\'
z = 1\'\'\'
list = [ # comment ]
  "a", ']', { k = "}" },
]
inline = { a = 1, b = { c = [1, 2], "d e" = 'x,y' } }
date = 2026-01-02T03:04:05Z

[table]   # comment
under = 0xff
[ table . "sub.name" ]
deep = -1.5
[[array]]
item = 1
[[array]]
item = 2
'''


def keys(table: Mapping[str, Any], path: Path = ()) -> Iterator[Path]:
    for key, value in table.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from keys(value, (*path, key))


def read(text: str, prefix: Path = ()) -> TomlDocument:
    found = parse_toml("x.toml", text, prefix)
    assert found is not None
    return found


def test_every_key_of_a_sample_has_its_place() -> None:
    found = read(SAMPLE)
    for path in keys(found.table):
        span = found.span(path)
        assert path[-1] in SAMPLE[span.start : span.end], path
    assert str(found.place(("table", "sub.name", "deep"))) == "x.toml:20:1"
    assert str(found.place(("inline", "b", "d e"))) == "x.toml:14:37"
    assert str(found.place(("table", "not there"))) == "x.toml:17:1"


def test_a_prefix_is_taken_off() -> None:
    found = read("[project]\nname = 'x'\n[tool.rowkeep]\nschemas = ['a']\n", ("tool", "rowkeep"))
    assert dict(found.table) == {"schemas": ["a"]}
    assert str(found.place(("schemas",))) == "x.toml:4:1"
    assert parse_toml("x.toml", "[tool]\nrowkeep = 1\n", ("tool", "rowkeep")) is None


@pytest.mark.parametrize("text", ["a = ", "a = 'x\n", "a = [1\n", "a = 1\na = 2\n", "\n\n= 1", "[a\n"])
def test_a_text_that_is_no_toml(text: str) -> None:
    with pytest.raises(Misused) as caught:
        parse_toml("x.toml", text)
    assert str(caught.value.where).startswith("x.toml:")
    assert caught.value.excerpt is not None


names = st.sampled_from(["a", "b-c", "d_e", "1", "é", "f.g", "h i", "#", "]", "=", '"', "'"])
scalars = st.sampled_from(["1", "true", "''", '"]"', "'}'", '"\\""', "'''\n[x]\n'''", '"""a""\\""""', "2026-01-02"])
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"))


@st.composite
def tomls(draw: st.DrawFn) -> str:
    """Tables of distinct names with values of every form."""
    lines = []
    for table in draw(st.lists(names, unique=True, max_size=3)):
        lines.append(f"[ {quoted(table)} ]")
        for name in draw(st.lists(names, unique=True, max_size=4)):
            value = draw(values)
            inline = draw(st.booleans())
            lines.append(
                f"{quoted(name)} = " + (f"{{ x = {value}, y = 1 }}" if inline and "\n" not in value else value)
            )
    return "\n".join(lines)


def quoted(name: str) -> str:
    plain = name.replace('"', '\\"')
    return name if name.isascii() and name.replace("-", "").replace("_", "").isalnum() else f'"{plain}"'


@given(tomls())
def test_every_key_has_its_place(text: str) -> None:
    found = read(text)
    for path in keys(tomllib.loads(text)):
        span = found.span(path)
        written = text[span.start : span.end]
        assert written in (quoted(path[-1]), f"[ {quoted(path[-1])} ]"), (path, written)


@pytest.mark.parametrize(
    "text",
    [
        "a." * 100_000 + "b = 1",
        "[" + " a . 'b' ." * 50_000 + "c]",
        "[[" + "a." * 100_000 + "b]]",
        "x = {y = 1, " + '"a\\"b".' * 50_000 + "b = 1}",
    ],
    ids=["key", "table", "array", "inline"],
)
def test_a_key_of_many_parts_costs_no_time(text: str) -> None:
    """tomllib alone takes minutes for each; a limit of time of the whole test run would end it."""
    with pytest.raises(Misused) as refused:
        parse_toml("rowkeep.toml", text)
    assert refused.value.why == "a key has too many parts"


def test_dots_in_values_are_no_parts_of_a_key() -> None:
    dots = "a." * 300
    found = parse_toml("rowkeep.toml", f"x = '{dots}b'\n# {dots}b\n{'a.' * 99}b = ['{dots}', {{c = '{dots}'}}]\n")
    assert found is not None and found.table["x"] == f"{dots}b"
