"""The checksum by token sees meaning, and nothing else; its values are recorded in ledgers and never change."""

import pytest

from rowkeep.parse import token_checksum


@pytest.mark.parametrize(
    "same",
    [
        "select a\n\n  from t -- why\n where b = 'X';",
        "/* first */ SELECT a FROM T where B = 'X' ;",
        "SELECT\ta FROM t WHERE b='X';\r\n-- end",
    ],
)
def test_layout_comments_and_case_of_words_do_not_count(same: str) -> None:
    assert token_checksum(same) == token_checksum("SELECT a FROM t WHERE b = 'X';")


@pytest.mark.parametrize(
    "other",
    [
        "SELECT a FROM t WHERE b = 'x';",
        "SELECT a FROM \"T\" WHERE b = 'X';",
        "SELECT a FROM t WHERE b = 'X'",
        "SELECT a FROM t WHERE b = ' X';",
        "SELECT a FROM t WHERE b = E'X';",
        "SELECT aFROM t WHERE b = 'X';",
        "SELECT a FROM t WHERE b = $$X$$;",
        "",
    ],
)
def test_meaning_counts(other: str) -> None:
    assert token_checksum(other) != token_checksum("SELECT a FROM t WHERE b = 'X';")


def test_a_body_counts_with_its_comments() -> None:
    """Inside a string, nothing is a comment: the server stores it all."""
    assert token_checksum("DO $$ BEGIN -- a\nEND $$") != token_checksum("DO $$ BEGIN -- b\nEND $$")


def test_recorded_values_stay() -> None:
    assert token_checksum("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    text = "CREATE TABLE t (a int DEFAULT -1, \"B\" text DEFAULT E'\\'é');\n-- x\nSELECT $1::numeric(10,2) <@ 1.5e3;\n"
    assert token_checksum(text) == RECORDED


RECORDED = "6dae0ec3016293d3a2438917aea29e0a5e35edc43307c3d57ef912e09e4cd528"
