"""Names go out quoted and come back the same; the server is the witness of every word."""

from __future__ import annotations

import re

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowkeep.knowledge.forms.keywords import KEPT, RawSql, fill_template, quote_name

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=30).filter(
    lambda name: len(name.encode()) < 64
)
CONTROLS = ("a\nb", "a\\b\tc", '\x1b]0;"x"\x07', "a\x85b")
"""Names with control characters: the server quotes them as they are, we write escapes."""


@given(NAMES)
def test_a_quoted_name_is_one_word_that_reads_back(name: str) -> None:
    written = quote_name(name)
    if written == name:
        assert name == name.lower() and name.isidentifier() and name not in KEPT
    elif written.startswith('U&"'):
        assert not re.search(r"[\x00-\x1f\x7f-\x9f]", written)
        inner = written[3:-1].replace('""', '"')
        assert re.sub(r"\\(\\|[0-9A-F]{4})", lambda sign: _sign(sign[1]), inner) == name
    else:
        assert written[0] == written[-1] == '"'
        assert written[1:-1].replace('""', "\0").count('"') == 0
        assert written[1:-1].replace('""', '"') == name


def _sign(escape: str) -> str:
    return escape if escape == "\\" else chr(int(escape, 16))


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        quote_name(name)


def test_pieces_are_quoted_unless_they_are_written_already() -> None:
    text = fill_template("GRANT {rights} ON {table} TO {role}", rights=RawSql("SELECT"), table='Odd" one', role="bot")
    assert text == 'GRANT SELECT ON "Odd"" one" TO bot'


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_the_server_keeps_no_word_that_we_write_bare(database: str) -> None:
    with psycopg.connect(database) as connection:
        kept = connection.execute("SELECT word FROM pg_get_keywords() WHERE catcode <> 'U'").fetchall()
        assert {word for (word,) in kept} <= KEPT
        for name in (
            "plain",
            "Upper",
            "with space",
            'quo"te',
            "user",
            "größe",
            "_1",
            "1_",
            "a$b",
            *sorted(KEPT),
            *CONTROLS,
        ):
            (theirs,) = connection.execute("SELECT quote_ident(%s)", (name,)).fetchone() or ("",)
            # A later major keeps more words; to quote one more than the server would is harmless.
            assert quote_name(name) == theirs or (name in KEPT and theirs == name) or name in CONTROLS
            (back,) = connection.execute(
                f"SELECT attname FROM (SELECT 1 AS {quote_name(name)}) AS t, LATERAL "
                "(SELECT key AS attname FROM jsonb_object_keys(to_jsonb(t)) AS key) AS k"
            ).fetchone() or ("",)
            assert back == name
