"""Migrations in Python, read and never run: the SQL of their functions, its places, and the checksum of a module."""

from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowkeep.domain.migration import Section
from rowkeep.domain.operation import FrameKind, Opaque
from rowkeep.domain.source import Source, Span
from rowkeep.domain.statement import Parsed
from rowkeep.parse import parse_section
from rowkeep.parse.python.checksum import python_checksum
from rowkeep.parse.python.literals import number_placeholders, read_constant
from rowkeep.parse.python.module import SourcePositions
from rowkeep.parse.text.mapped_text import map_plain

BACKSLASH = "\\"


def read(text: str, name: str = "up") -> Parsed:
    return parse_section(Section(Source("1_m.py", text), Span(0, len(text)), None, name))


def read_statements(*lines: str, head: str = "") -> list[str]:
    """`place text` of every statement of `up`, or `place what: why` of what is hidden."""
    parsed = read(head + "def up(db):\n" + textwrap.indent("\n".join(lines), "    ") + "\n")
    found = []
    for statement in parsed.statements:
        hidden = [operation for operation in statement.operations if isinstance(operation, Opaque)]
        words = f"hidden: {hidden[0].why}" if hidden else statement.text
        found.append(f"{statement.place.line}:{statement.place.column} {words}")
    return found


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["db.execute('DROP TABLE a')"], ["2:17 DROP TABLE a"]),
        (["db.execute(sql='DROP TABLE a')"], ["2:21 DROP TABLE a"]),
        (["db.execute(r'''DROP TABLE a''')"], ["2:20 DROP TABLE a"]),
        (["x = db.query('TABLE a')[0][0]"], ["2:19 TABLE a"]),
        (["db.execute('DROP TABLE a; DROP TABLE b')"], ["2:17 DROP TABLE a", "2:31 DROP TABLE b"]),
        (["sql = 'DROP TABLE a'", "db.execute(sql)"], ["2:12 DROP TABLE a"]),
        (["db.execute(SQL)"], ["1:8 DROP TABLE a"]),
        (["db.execute(dedent('''", "  DROP TABLE a", "'''))"], ["3:7 DROP TABLE a"]),
        (["db.execute('DROP ' + 'TABLE a')"], ["2:17 DROP ' + 'TABLE a"]),
        (["db.execute(f'DROP TABLE {NAME}')"], ["2:16 f'DROP TABLE {NAME}'"]),
        (
            ["db.execute(f'DROP TABLE {db}')"],
            ["2:5 hidden: an f-string with values that only the running program knows"],
        ),
        (["sql = 'DROP TABLE a'", "sql = other()", "db.execute(sql)"], ["4:5 hidden: the variable sql"]),
        (["for sql in x:", "  db.execute(sql)"], ["3:7 hidden: the variable sql"]),
        (["db.execute('DROP TABLE {}'.format(x))"], ["2:5 hidden: the result of format()"]),
        (["db.execute('DROP TABLE %s' % x)"], ["2:5 hidden: a text that is put together while it runs"]),
        (["helper(1, db)"], ["8:16 DROP TABLE h"]),
        (["helper(n=1, d=db)"], ["8:16 DROP TABLE h"]),
        (["other(db)"], ["2:11 hidden: it is handed on to code that is not read here"]),
        (["run = db.execute"], ["2:11 hidden: it is handed on to code that is not read here"]),
        (["db.connection.commit()"], ["2:5 hidden: it is handed on to code that is not read here"]),
        (["db.commit()"], ["2:5 hidden: it is none of the methods of rowkeep.Database"]),
        (["def one():", "  return db.execute('DELETE FROM a')", "db.batched(one)"], ["3:26 DELETE FROM a"]),
        (["db.batched(lambda: db.execute('DELETE FROM a'))"], ["2:36 DELETE FROM a"]),
        (["with db.transaction():", "  db.execute('DROP TABLE a')"], ["3:19 DROP TABLE a"]),
        (["db.tell('DROP TABLE a')", "db.major"], []),
        (["db.copy_in(x, [], [])"], ["2:5 hidden: the variable x"]),
        (["db.execute('a' if x else 'b')"], ["2:5 hidden: ifexp in place of a text"]),
    ],
)
def test_what_a_function_sends(lines: list[str], expected: list[str]) -> None:
    head = "SQL = 'DROP TABLE a'\nNAME = 'a'\n"
    tail = "def helper(n, d):\n    d.execute('DROP TABLE h')\n"
    text = head * ("SQL" in str(lines) or "NAME" in str(lines))
    shift = text.count("\n")
    if "helper" in str(lines):
        expected = [word.replace("8:", f"{len(lines) + 3 + shift}:") for word in expected]
        body = textwrap.indent("\n".join(lines), "    ")
        found = read(f"{text}def up(db):\n{body}\n{tail}").statements
        assert [f"{one.place.line}:{one.place.column} {one.text}" for one in found] == expected
        return
    moved = [
        word if "SQL" in str(lines) else f"{int(word.split(':')[0]) + shift}:{word.partition(':')[2]}"
        for word in expected
    ]
    assert read_statements(*lines, head=text) == moved


def test_what_stands_around_a_call_is_known() -> None:
    text = """
def up(db):
    for x in y:
        if x:
            db.execute("DELETE FROM a WHERE id = %s", (x,))
    try:
        db.execute_many("UPDATE a SET b = %(b)s", rows)
    except ValueError:
        db.execute("SELECT '100%'")
"""
    frames = [[frame.kind for frame in each.operations[0].inside] for each in read(text).statements]
    loop, branch = FrameKind.LOOP, FrameKind.BRANCH
    assert frames == [[loop, branch], [FrameKind.PROTECTED, loop], [FrameKind.HANDLER]]


def test_another_way_to_the_database_is_opaque() -> None:
    text = "import psycopg\nfrom psycopg.sql import Identifier\nimport json, sqlalchemy.orm\ndef up(db): pass\n"
    assert [each.place.line for each in read(text).statements] == [1, 3]


def test_a_recursion_is_read_once() -> None:
    text = "def up(db):\n    again(db)\ndef again(db):\n    db.execute('TABLE a')\n    again(db)\n    up(db)\n"
    assert [each.text for each in read(text).statements] == ["TABLE a"]


LETTERS = st.text(st.sampled_from("ab é€𝄞'\"\\\n\t%{}$"), max_size=12)


@given(st.lists(st.tuples(LETTERS, st.sampled_from(["'", '"', "'''", '"""', "r"])), min_size=1, max_size=3))
def test_every_character_of_a_literal_is_found_in_the_file(parts: list[tuple[str, str]]) -> None:
    words = [_spelled(value, quote) for value, quote in parts]
    value = "".join(value for value, _ in parts)
    text = "é = (" + "  # a 'comment'\n  ".join(words) + ")\n"
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.Assign)
    places = SourcePositions(text)
    mapped = read_constant(value, places.span(node.value), text)
    assert mapped.text == value
    for number, sign in enumerate(value):
        span = mapped.span(number, number + 1)
        written = text[span.start : span.end]
        assert written == sign or ast.literal_eval(f"'''{written}'''") == sign, (written, sign)


def _spelled(value: str, quote: str) -> str:
    if quote == "r":
        fits = not any(sign in value for sign in "'\\\n")
        return f"r'{value}'" if fits else repr(value)
    escaped = value.replace(BACKSLASH, BACKSLASH * 2).replace(quote[0], BACKSLASH + quote[0])
    return f"{quote}{escaped if len(quote) == 3 else escaped.replace(chr(10), BACKSLASH + 'n')}{quote}"


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("a = %s AND b = %s", "a = $1 AND b = $2"),
        ("a = %(x)s OR b = %(x)s OR c = %(y)s", "a = $1 OR b = $1 OR c = $2"),
        ("a LIKE 'x%%' AND b = %s", "a LIKE 'x%' AND b = $1"),
        ("a % b", "a % b"),
    ],
)
def test_placeholders_are_numbered_as_psycopg_numbers_them(text: str, sent: str) -> None:
    found = number_placeholders(map_plain(text, 5))
    assert found.text == sent
    assert found.span(0, len(sent)) == Span(5, 5 + len(text))


MODULE = """
import hashlib
LIMIT = 10
def up(db):
    db.execute("UPDATE a SET b = 'X y' WHERE id < %s", (LIMIT,))
    for row in db.query("TABLE a"):
        print(f"{row!r:>{LIMIT}}", 1.5, b"x", None, ...)
def down(db):
    pass
"""


def test_the_checksum_of_a_module_never_changes() -> None:
    """It stands in the ledgers of databases: a new Python, or a new version of ours, must give the same."""
    assert python_checksum(MODULE) == "7edcaca65de80947cffcabde01122a5ba95f2b32d03fe768343b8eaf71713806"
    assert python_checksum("def up(db:") == "fde3467d779acf1968d4a6a9f3a0329c4b3503275183eb5263361f94e131c665"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 10", "LIMIT = 10  # rows"),
        ("LIMIT = 10", "'''About it.'''\n\n\nLIMIT = (\n    10\n)"),
        ('"TABLE a"', "'''\n  table A -- all\n'''"),
        ('"UPDATE a SET', '"update a  SET'),
        ("    pass", "    db.execute('DROP TABLE a')"),
        ('b"x"', "b'x'"),
    ],
)
def test_what_means_the_same_has_the_same_checksum(old: str, new: str) -> None:
    assert old in MODULE
    assert python_checksum(MODULE.replace(old, new)) == python_checksum(MODULE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 10", "LIMIT = 11"),
        ("LIMIT = 10", "LIMIT = 10.0"),
        ("LIMIT = 10", "LIMIT = '10'"),
        ("'X y'", "'X  y'"),
        ("id <", "id <="),
        ("row!r", "row!s"),
        ('b"x"', '"x"'),
        ("import hashlib", ""),
        ("def up(db):\n", "def up(db):\n    return\n"),
    ],
)
def test_what_means_something_else_has_another(old: str, new: str) -> None:
    assert old in MODULE
    assert python_checksum(MODULE.replace(old, new)) != python_checksum(MODULE)
