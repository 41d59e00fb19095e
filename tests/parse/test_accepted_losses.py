"""Which comments accept a loss."""

from __future__ import annotations

import pytest

from rowkeep.parse.text.accepted_losses import read_accepted_losses

COMMENT = "-- rowkeep: accept-loss public.users because it is old"


def names(text: str, *, python: bool = False) -> set[str]:
    return {name for loss in read_accepted_losses(text, python=python) for name in loss.names}


@pytest.mark.parametrize(
    "text",
    [
        f"{COMMENT}\nDELETE FROM users;",
        f"DELETE FROM users; {COMMENT}",
        f"DELETE FROM users\n  {COMMENT}\n  WHERE id = 1;",
        f"SELECT 'it''s'; /* a */\r\n{COMMENT}\r\n",
    ],
)
def test_a_comment_counts_wherever_it_stands(text: str) -> None:
    assert "public.users" in names(text)
    (loss,) = read_accepted_losses(text)
    assert loss.reason == "it is old"
    assert text[loss.span.start : loss.span.end].strip() == COMMENT


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT '\n{COMMENT}\n';",
        f"SELECT E'\\'\n{COMMENT}\n';",
        f"CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN\n{COMMENT}\nDELETE FROM users; END $$;",
        f"DO $body$ BEGIN\n{COMMENT}\nDELETE FROM users; END $body$;",
        f"/*\n{COMMENT}\n*/ DELETE FROM users;",
        f'SELECT 1 AS "\n{COMMENT}\n";',
        f"-- see: {COMMENT}",
        "-- rowkeep: accept-loss public.users",
        "-- rowkeep: accept-loss public.users because",
        "# rowkeep: accept-loss public.users because it is old",
    ],
)
def test_the_same_words_elsewhere_do_not_count(text: str) -> None:
    assert names(text) == set()


def test_in_python_a_comment_counts_and_a_string_does_not() -> None:
    comment = "# rowkeep: accept-loss public.users because it is old"
    assert "public.users" in names(f"{comment}\ndef up(db):\n    pass\n", python=True)
    assert "public.users" in names(f"def up(db):\n    db.execute('DELETE FROM users')  {comment}\n", python=True)
    assert names(f'def up(db):\n    """\n{comment}\n{COMMENT}\n"""\n', python=True) == set()
    assert names(f'def up(db):\n    db.execute("""\n{COMMENT}\nDELETE FROM users""")\n', python=True) == set()
    assert names(f"def up(db:\n{comment}\n", python=True) <= {"public.users"}


def test_a_name_may_contain_the_word_and_quotes() -> None:
    found = names("-- rowkeep: accept-loss 'a because b' because c")
    assert {"a because b", "'a because b'"} <= found
