"""Runs of signs cost what their length does: the scanner of PostgreSQL would take the square of it."""

from __future__ import annotations

from time import process_time

import pytest

from rowkeep.parse.libpg_query import ParserError, split_statements
from rowkeep.parse.text.nesting import TooLong, flatten_nesting

RUN = "/*" * 600


def test_only_comments_are_blanked_and_every_byte_keeps_its_place() -> None:
    closed = f"{RUN}ü\n{'*/' * 600}"
    text = f"SELECT '{RUN}', $a${RUN}$a$, \"{RUN}\" -- {RUN}\n{closed} SELECT 2;"
    calmed = flatten_nesting(text)
    assert len(calmed.encode()) == len(text.encode())
    assert calmed.count("\n") == text.count("\n")
    assert calmed.startswith(f"SELECT '{RUN}', $a${RUN}$a$, \"{RUN}\" ")
    assert calmed.endswith("  SELECT 2;")
    assert flatten_nesting("/* a */ SELECT 1") == "/* a */ SELECT 1"


def test_an_open_comment_and_a_run_of_operators_are_still_errors() -> None:
    with pytest.raises(ParserError, match="unterminated"):
        split_statements(f"SELECT 1; {RUN}")
    with pytest.raises(TooLong) as caught:
        flatten_nesting(f"SELECT {'+' * 1_500}1")
    assert caught.value.at == 7
    with pytest.raises(ParserError, match="operator"):
        split_statements(f"SELECT {'-+' * 1_500}1")


@pytest.mark.parametrize("shape", ["{open}{close}", "/**/" * 2, "{open}"])
def test_four_times_the_marks_are_not_sixteen_times_the_work(shape: str) -> None:
    def cost(count: int) -> float:
        text = shape.format(open="/*" * count, close="*/" * count) if "{" in shape else shape * count
        began = process_time()
        try:
            split_statements(f"{text} SELECT 1;")
        except ParserError:
            assert shape == "{open}"
        return process_time() - began

    assert cost(40_000) < 12 * max(cost(10_000), 0.02)
