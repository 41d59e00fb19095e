"""A section to statements: every character is accounted for, faults hide nothing, positions are the file's."""

import random
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowkeep.domain.migration import Section
from rowkeep.domain.operation import Insert, UnreadableSql
from rowkeep.domain.source import Source, Span
from rowkeep.domain.statement import Parsed, ProblemKind
from rowkeep.parse import parse_section
from rowkeep.parse.text.lexer import TokenKind, read_tokens


def read(text: str, start: int = 0, end: int | None = None) -> Parsed:
    return parse_section(Section(Source("m.sql", text), Span(start, len(text) if end is None else end)))


def texts(parsed: Parsed) -> list[str]:
    return [statement.text for statement in parsed.statements]


def problems(parsed: Parsed) -> list[tuple[str, str, str]]:
    text = parsed.source.text
    return [(each.kind.value, str(each.place), text[each.span.start : each.span.end]) for each in parsed.problems]


def test_statements_are_without_what_stands_around_them() -> None:
    parsed = read("-- head é\n\nSELECT 1 ; /* between; */ SELECT 'a;b' -- tail\n;;  -- ü\nSELECT $x$;$x$ -- end\n")
    assert texts(parsed) == ["SELECT 1", "SELECT 'a;b'", "SELECT $x$;$x$"]
    leads = [parsed.source.text[each.lead.start : each.lead.end] for each in parsed.statements]
    assert leads == ["-- head é\n\n", " ; /* between; */ ", " -- tail\n;;  -- ü\n"]
    assert not parsed.problems


def test_a_section_is_a_part_of_its_file() -> None:
    text = "-- Up Migration\nDROP TABLE é;\n-- Down Migration\nSELECT 1;"
    down = text.index("-- Down")
    parsed = read(text, 0, down)
    assert texts(parsed) == ["DROP TABLE é"]
    (statement,) = read(text, down).statements
    assert (statement.text, str(statement.place)) == ("SELECT 1", "m.sql:4:1")


def test_a_fault_hides_no_other_statement() -> None:
    parsed = read("SELECT 1;\nselec 2;\nCREATE TABLE t (a int;\nDROP TABLE x;\nALTER TABL t ADD b int; SELECT 3")
    assert texts(parsed) == [
        "SELECT 1",
        "selec 2",
        "CREATE TABLE t (a int",
        "DROP TABLE x",
        "ALTER TABL t ADD b int",
        "SELECT 3",
    ]
    assert problems(parsed) == [
        ("syntax-error", "m.sql:2:1", "selec"),
        ("syntax-error", "m.sql:3:19", "int"),
        ("syntax-error", "m.sql:5:7", "TABL"),
    ]
    assert [type(each.operations[0]) is UnreadableSql for each in parsed.statements] == [
        False,
        True,
        True,
        False,
        True,
        False,
    ]


def test_an_unterminated_string_takes_the_rest_and_says_so() -> None:
    parsed = read("SELECT 1;\nSELECT 'it; DROP TABLE x;\n")
    assert texts(parsed) == ["SELECT 1", "SELECT 'it; DROP TABLE x;"]
    assert problems(parsed) == [("syntax-error", "m.sql:2:8", "'it; DROP TABLE x;")]


def test_commands_of_psql_and_rows_of_copy_are_told() -> None:
    parsed = read(
        "\\set x 1\nSELECT 1;\nSELECT 2 \\gexec\nCOPY t (a, b) FROM stdin;\n1\tselect;\n\\.\n  \\i other.sql\n"
        "SELECT 3;"
    )
    assert texts(parsed) == ["SELECT 1", "SELECT 2", "COPY t (a, b) FROM stdin", "SELECT 3"]
    assert problems(parsed) == [
        ("psql-command", "m.sql:1:1", "\\set x 1"),
        ("psql-command", "m.sql:3:10", "\\gexec"),
        ("copy-data", "m.sql:5:1", "1\tselect;\n\\."),
        ("psql-command", "m.sql:7:3", "\\i other.sql"),
    ]


def test_bodies_and_rules_hold_semicolons_even_beside_a_fault() -> None:
    function = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END"
    rule = "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM u; SELECT 1)"
    parsed = read(f"{function};\n{rule};\nselec;\nSELECT 2")
    assert texts(parsed) == [function, rule, "selec", "SELECT 2"]
    assert len(parsed.problems) == 1


def test_a_nul_character_is_no_hiding_place() -> None:
    parsed = read("SELECT 1;\nSELECT 'x\0';\nDROP TABLE t;")
    assert "DROP TABLE t" in texts(parsed)
    assert [each.kind for each in parsed.problems] == [ProblemKind.SYNTAX_ERROR]
    assert "NUL" in parsed.problems[0].message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("concatenation", "SELECT " + " || ".join(["'a'"] * 15_000)),
        ("union", " UNION ALL ".join(["SELECT 1"] * 15_000)),
        ("parentheses", "SELECT " + "(" * 3000 + "1" + ")" * 3000),
        ("too many parentheses", "SELECT " + "(" * 30_000 + "1" + ")" * 30_000),
        ("casts", "SELECT a" + "::int" * 15_000),
        ("not", "SELECT " + "NOT " * 5000 + "true"),
        ("beyond all", "SELECT " + " || ".join(["'a'"] * 300_000)),
    ],
)
def test_depth_is_survived(name: str, text: str) -> None:
    parsed = read(f"DROP TABLE first;\n{text};\nDROP TABLE last;")
    assert (parsed.statements[0].text, parsed.statements[-1].text) == ("DROP TABLE first", "DROP TABLE last")
    assert len(parsed.statements) == 3
    assert bool(parsed.problems) == (name in ("too many parentheses", "beyond all"))


def test_a_long_seed_is_read_without_its_rows_and_keeps_its_places() -> None:
    rows = ",\n".join(f"({number}, 'naïve name {number}', now())" for number in range(40_000))
    parsed = read(f"INSERT INTO t (a, b, c) VALUES\n{rows}, (1, purge('ü'), NULL);\nDROP TABLE späte;\n")
    insert, drop = parsed.statements
    assert any(isinstance(operation, Insert) for operation in insert.operations)
    (call,) = [
        operation
        for operation in insert.operations
        if getattr(operation, "call", None) and operation.call.name.name == "purge"
    ]
    assert parsed.source.text[call.span.start : call.span.end] == "purge"
    assert (drop.text, drop.place.line) == ("DROP TABLE späte", 40_002)
    assert not parsed.problems


MANY = [f"INSERT INTO t (id, name) VALUES ({number}, 'naïve {number}')" for number in range(3_000)]


def test_a_long_text_of_many_statements_is_parsed_one_by_one() -> None:
    text = ";\n".join(MANY)
    parse_section(Section(Source("first.sql", "INSERT INTO t VALUES (1)"), Span(0, 24)))
    tracemalloc.start()
    try:
        parsed = read(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert texts(parsed) == MANY
    assert [statement.place.line for statement in parsed.statements] == list(range(1, len(MANY) + 1))
    assert not parsed.problems
    # The trees of all statements at once would be 112 times the text.
    assert peak < 40 * len(text)


def test_a_fault_in_a_long_text_hides_no_statement() -> None:
    parsed = read(";\n".join([*MANY[:1_000], "SELECT FROM WHERE", *MANY[1_000:]]))
    assert texts(parsed) == [*MANY[:1_000], "SELECT FROM WHERE", *MANY[1_000:]]
    assert [kind for kind, *_ in problems(parsed)] == ["syntax-error"]


SNIPPETS = [
    "SELECT 1",
    "DROP TABLE é",
    "-- note\n",
    "/* a /* b */ c */",
    "'it''s'",
    "E'a\\'b'",
    '"Na;me"',
    "$$;$$",
    "$a$ $$ ; $a$",
    ";",
    "(",
    ")",
    "\\i x\n",
    "BEGIN",
    "END",
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'x' || y; END $$",
    "DO $$ BEGIN IF a THEN DROP TABLE b; END IF; END $$",
    "COPY t FROM stdin;\n1\n\\.\n",
    "ALTER TABLE t ADD COLUMN a int DEFAULT f(1), DROP COLUMN b",
    "\n",
    " ",
    "ü",
    "'",
    '"',
    "/*",
    "$$",
    "1e5",
    "::",
    "\t",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(SNIPPETS), max_size=14), st.sampled_from(["", " ", ";", "\n"]))
def test_no_character_is_lost(pieces: list[str], glue: str) -> None:
    """Between statements and problems there is nothing but blanks, comments and semicolons."""
    text = glue.join(pieces)
    parsed = read(text)
    others = (problem for problem in parsed.problems if problem.kind is not ProblemKind.SYNTAX_ERROR)
    spans = sorted(each.span for each in (*parsed.statements, *others))
    for statement in parsed.statements:
        for operation in statement.operations:
            assert 0 <= operation.span.start <= operation.span.end <= len(text)
    at = 0
    for span in spans:
        assert at <= span.start
        _only_silence(text, at, span.start)
        at = span.end
    _only_silence(text, at, len(text))


def _only_silence(text: str, start: int, end: int) -> None:
    for token in read_tokens(text, start, end):
        silent = token.kind in (TokenKind.BLANK, TokenKind.COMMENT) or text[token.start : token.end] == ";"
        assert silent, f"lost: {text[start:end]!r} of {text!r}"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_any_text_at_all_is_survived(text: str) -> None:
    parsed = read(text)
    assert parsed.span == Span(0, len(text))


def test_mutated_statements_are_survived() -> None:
    """Real statements with characters taken out, doubled and swapped: never a crash, never a span outside."""
    dice = random.Random(7)
    base = [snippet for snippet in SNIPPETS if len(snippet) > 12]
    for _ in range(1500):
        text = list("; ".join(dice.sample(base, 3)))
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(text))
            text[at : at + dice.randint(0, 2)] = dice.choice([[], ["'"], ["$"], ["ß"], [")"], [";"], ["E"]])
        mutated = "".join(text)
        for statement in read(mutated).statements:
            assert all(
                0 <= operation.span.start <= operation.span.end <= len(mutated) for operation in statement.operations
            )
