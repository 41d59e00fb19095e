"""Time grows with the text and not with its square: each shape at n and at 4 n, by the CPU time of this process."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from rowkeep import files
from rowkeep.analysis import analyze
from rowkeep.analysis.suppression.suppressions import Suppressions, _Comment
from rowkeep.domain.lint.finding import LintResult, Suppression
from rowkeep.domain.operation import AddColumn, DropObject, Transaction
from rowkeep.domain.schema.operation_index import Sequence
from rowkeep.domain.source import Place, Source, Span
from rowkeep.parse import parse_section
from rowkeep.report.formats.squawk import format_squawk
from rowkeep.report.text.json_text import format_json

N = 250
"""Statements of the small text."""

MOST = 9.0
"""How much more four times the text may cost: 4 is linear, 16 a square; the rest is for a busy machine."""

TRIES = 4


def many(form: str, tail: str = "") -> Callable[[int], str]:
    """`form` n times, with {i} and {j}, the number behind it."""
    return lambda n: "".join(form.replace("{i}", str(i)).replace("{j}", str(i + 1)) for i in range(n)) + tail


ALLOWED = "-- rowkeep: allow drop-table because it is empty ({i})\nDROP TABLE t{i};\n"
CALLS = "CREATE FUNCTION f{i}() RETURNS int LANGUAGE sql AS $$ SELECT f{j}() $$;\n"
SHAPES: dict[str, Callable[[int], str]] = {
    "allow": many(ALLOWED),
    "allow one statement": many("-- rowkeep: allow drop-table because it is empty\n", "DROP TABLE t;\n"),
    "allow within a statement": lambda n: "DROP TABLE\n" + "-- rowkeep: allow drop-table because empty\n" * n + "t;\n",
    "directives": many("-- squawk-ignore ban-drop-table\nDROP TABLE t{i};\n"),
    "directives that begin": many("-- pgls-ignore-start lint/safety/banDropTable: x\nDROP TABLE t{i};\n"),
    "alters": many("ALTER TABLE t ADD COLUMN c{i} int;\n"),
    "alters that drop": many("ALTER TABLE t DROP COLUMN c{i};\n"),
    "functions": many(CALLS, "SELECT f0();\n"),
    "functions called": lambda n: many(CALLS)(n // 2) + many("SELECT f{i}();\n")(n // 2),
    "keys": many("CREATE TABLE t{i} (id bigint PRIMARY KEY, p bigint REFERENCES p);\n"),
    "keys of one table": many("ALTER TABLE t ADD CONSTRAINT k{i} FOREIGN KEY (p{i}) REFERENCES t{j};\n"),
    "indexes without a name": many("CREATE INDEX ON t (c{i});\n"),
    "one line": many("DROP TABLE t{i}; "),
    "one line with other letters": many("DROP TABLE tü{i}; "),
    "transactions": many("BEGIN;\nALTER TABLE t ADD COLUMN c{i} int;\nCOMMIT;\n"),
}


def analyzed(text: str) -> LintResult:
    return analyze([files.read_text("1_a.sql", f"-- Up Migration\n{text}-- Down Migration\n")])


def ratio(work: Callable[[int], object]) -> float:
    """The CPU time of 4 n by that of n, the best of some tries: other work on the machine only adds to it."""
    best = float("inf")
    for _ in range(TRIES):
        spent = []
        for n in (N, 4 * N):
            began = time.process_time()
            work(n)
            spent.append(time.process_time() - began)
        best = min(best, spent[1] / spent[0])
        if best <= MOST / 1.5:
            break
    return best


@pytest.mark.parametrize("shape", SHAPES)
def test_judging_is_linear(shape: str) -> None:
    make = SHAPES[shape]
    analyzed(make(3))
    assert ratio(lambda n: analyzed(make(n))) <= MOST


@pytest.mark.parametrize("shape", ["one line", "one line with other letters"])
def test_reports_are_linear(shape: str) -> None:
    verdicts = {n: analyzed(SHAPES[shape](n)) for n in (N, 4 * N)}
    assert len(verdicts[N].findings) >= N
    assert ratio(lambda n: format_squawk(verdicts[n])) <= MOST
    assert ratio(lambda n: format_json([str(each.place) for each in verdicts[n].findings])) <= MOST


def test_a_rule_that_asks_for_one_kind_is_shown_no_other() -> None:
    section = files.read_text(
        "1_a.sql", "-- Up Migration\n" + many("DROP TABLE t{i};\nALTER TABLE t ADD c int;\n")(9)
    ).up
    assert section is not None
    operations = tuple(operation for each in parse_section(section).statements for operation in each.operations)
    found = Sequence(operations)
    drops = tuple(operation for operation in operations if isinstance(operation, DropObject))
    assert len(drops) == 9
    for position in (-1, 0, 7, len(operations) - 1, len(operations)):
        before, after = operations[: max(0, position)], operations[position + 1 :]
        assert tuple(found.earlier(position, (DropObject,))) == tuple(
            operation for operation in before if operation in drops
        )
        assert tuple(found.later(position, (DropObject,))) == tuple(
            operation for operation in after if operation in drops
        )
        assert tuple(found.earlier(position, (AddColumn, DropObject))) == before, "in the order of the text"
        assert tuple(found.later(position, (DropObject, AddColumn))) == after
        assert tuple(found.later(position, (Transaction,))) == ()


def test_the_first_comment_that_reaches_a_place_counts() -> None:
    """Beside the definition, word for word, for comments at random."""
    chance = random.Random(8)
    source = Source("a.sql", " " * 60)
    for _ in range(300):
        comments = []
        for _ in range(chance.randrange(6)):
            start = chance.randrange(-1, 40)
            reach = None if chance.random() < 0.15 else Span(start, start + chance.choice((0, 0, 5, 20)))
            rules = tuple(chance.choices("abc", k=chance.randrange(1, 3)))
            comments.append(_Comment(Suppression(rules, "why", source, Span(0, 1)), reach))
        found = Suppressions(comments)
        for at in range(60):
            for names in (("a",), ("b", "x"), ("c", "a")):
                wanted = next(
                    (
                        each.allowance
                        for each in comments
                        if (each.reach is None or each.reach.start <= at < each.reach.end)
                        and any(rule in names for rule in each.allowance.rules)
                    ),
                    None,
                )
                assert found.of(names, at) is wanted


@pytest.mark.parametrize("text", ["ab\ncd", "äb€\n🙂x" + "é" * 3000 + "z\n", "\ud800a\n" + "a" * 2100 + "ü"])
def test_bytes_ahead_of_a_place(text: str) -> None:
    source = Source("a.sql", text)
    for offset in {*range(min(len(text), 40)), len(text) // 2, len(text) - 1, len(text)}:
        place = source.place(offset)
        line = text.split("\n")[place.line - 1]
        assert source.bytes_before(place) == len(line[: place.column - 1].encode("utf-8", "replace"))
    assert source.bytes_before(Place("a.sql", 1, 1)) == 0
