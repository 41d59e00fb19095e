"""Arguments of `lint` that are read without click are read as click reads them."""

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowkeep.cli._lint_options import OPTIONS
from rowkeep.cli.commands.lint import command
from rowkeep.cli.plain_arguments import read_plain_arguments

SPELLINGS = sorted(spelling for param in command.params for spelling in param.opts if spelling.startswith("-"))
CHOICES = sorted({choice for _, _, choices in OPTIONS.values() for choice in choices})
PLAIN_WORDS = st.sampled_from(["a.sql", "migrations/1_a.sql", "ä b.sql", "x=y", "14", *CHOICES])
WORDS = st.one_of(
    st.sampled_from(SPELLINGS),
    PLAIN_WORDS,
    st.sampled_from(["", "-", "--", "-qv", "-mdb", "-m=db", "--quiet=1", "--sel", "--help", "-h", "--unknown", "-7"]),
    st.builds("{}={}".format, st.sampled_from(SPELLINGS), st.one_of(st.just(""), PLAIN_WORDS)),
    st.text(max_size=4),
)


def read_by_click(arguments: list[str]) -> dict[str, object] | None:
    """The parameters of the command; None where click shows a message or help."""
    try:
        with command.make_context("lint", list(arguments)) as context:
            return context.params
    except (click.ClickException, click.exceptions.Exit):
        return None


@given(st.lists(WORDS, max_size=6))
def test_what_is_read_without_click_is_the_same(arguments: list[str]) -> None:
    options = read_plain_arguments(arguments)
    if options is not None:
        assert options == read_by_click(arguments)


@st.composite
def plain_lines(draw: st.DrawFn) -> list[str]:
    """Command lines of paths and of options with what they take."""
    line: list[str] = []
    for _ in range(draw(st.integers(0, 5))):
        spelling = draw(st.sampled_from(["PATH", *sorted(OPTIONS)]))
        _, takes, choices = OPTIONS.get(spelling, ("paths", "value", ()))
        word = draw(st.sampled_from(choices) if choices else PLAIN_WORDS)
        if spelling == "PATH":
            line.append(word)
        elif takes == "nothing":
            line.append(spelling)
        elif spelling.startswith("--") and draw(st.booleans()):
            line.append(f"{spelling}={word}")
        else:
            line += [spelling, word]
    return line


@given(plain_lines())
def test_plain_arguments_need_no_click(arguments: list[str]) -> None:
    options = read_plain_arguments(arguments)
    assert options is not None
    assert options == read_by_click(arguments)


def test_most_options_need_no_click() -> None:
    assert set(SPELLINGS) - set(OPTIONS) == {"-d", "--database", "--pg-version"}


@pytest.mark.parametrize(
    "line",
    ["--help", "-h", "-qv", "--unknown", "-- a.sql", "-", "--color", "--color red", "--quiet=1", "-d a.sql", "-m -x"],
)
def test_click_reads_the_rest(line: str) -> None:
    assert read_plain_arguments(line.split(" ")) is None
