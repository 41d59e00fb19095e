"""`.env` files, libpq's secrets, and texts that become values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowkeep.config.dotenv import parse_dotenv
from rowkeep.config.libpq import mask_secrets
from rowkeep.config.settings import ROWS
from rowkeep.config.values import WrongValue, check_value, parse_text


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=b", "b"),
        ("A = b c ", "b c"),
        ("export A=b", "b"),
        ("A=b # comment", "b"),
        ("A='b # no comment'", "b # no comment"),
        ('A="b\\nc"', "b\nc"),
        ("A='b\\nc'", "b\\nc"),
        ('A="two\nlines"', "two\nlines"),
        ("A=$B", "$B"),
        ("A=", ""),
        ("A: b", "b"),
        ("A=b=c", "b=c"),
        ("A=it's", "it's"),
        ("A=`b`", "b"),
        ("X=1\r\nA=b\r\n", "b"),
        ("A=1\nA=2", "2"),
    ],
)
def test_a_line_of_dotenv(line: str, value: str) -> None:
    assert parse_dotenv(".env", line).values["A"] == value


@pytest.mark.parametrize("text", ["", "# A=b", "just words", "=x", "A"])
def test_lines_that_set_nothing(text: str) -> None:
    assert dict(parse_dotenv(".env", text).values) == {}


def test_the_origin_is_the_line() -> None:
    assert parse_dotenv("x/.env", "A=1\n\nexport B=2\n").origin("B") == "x/.env:3"


@pytest.mark.parametrize(
    ("conninfo", "shown"),
    [
        ("postgresql://u:p@h/d", "postgresql://u:***@h/d"),
        ("postgres://u:p@ss@h/d", "postgres://u:***@h/d"),
        ("POSTGRES://u:p/q@h", "POSTGRES://u:***@h"),
        ("postgresql://u@h/d?password=p&sslmode=require", "postgresql://u@h/d?password=***&sslmode=require"),
        ("postgresql:///d?pass%77ord=p", "postgresql:///d?pass%77ord=***"),
        ("postgresql:///d?sslpassword=p&sslkey=k", "postgresql:///d?sslpassword=***&sslkey=k"),
        ("postgresql://h:5432/d", "postgresql://h:5432/d"),
        ("host=h password=p user=u", "host=h password=*** user=u"),
        ("host=h password = 'p q\\'r' user=u", "host=h password = *** user=u"),
        ("password='open", "password=***"),
        ("password=a\\ b user=u", "password=*** user=u"),
        ("passfile=/x/.pgpass", "passfile=/x/.pgpass"),
        ("embedded:17", "embedded:17"),
        ("oauth_client_secret=x", "oauth_client_secret=***"),
    ],
)
def test_what_is_secret_is_masked(conninfo: str, shown: str) -> None:
    assert mask_secrets(conninfo) == shown


secrets = st.text("abc123:/@?#% '\\=", min_size=4, max_size=12).filter(lambda text: any(c.isalnum() for c in text))


@given(secrets.map(lambda secret: "Z9" + secret + "9Z"))
def test_no_password_of_any_form_is_shown(secret: str) -> None:
    from urllib.parse import quote

    escaped = secret.replace("\\", "\\\\").replace("'", "\\'")
    for conninfo in (
        f"postgresql://user:{quote(secret, safe='')}@host/db",
        f"postgresql://user:{secret}@host/db",
        f"postgresql://user@host/db?password={quote(secret, safe='')}",
        f"host=x password='{escaped}' user=y",
    ):
        assert "Z9" not in mask_secrets(conninfo), conninfo
        assert "9Z" not in mask_secrets(conninfo), conninfo


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("wait_s", "1.5", 1.5),
        ("wait_s", "3", 3.0),
        ("lock_timeout_ms", " 70 ", 70),
        ("fetch_programs", "Off", False),
        ("fetch_programs", "1", True),
        ("schemas", "a, b,", ("a", "b")),
        ("rules_select", "", ()),
        ("layout", "goose", "goose"),
        ("run_lock_key", "-5", -5),
    ],
)
def test_a_text_becomes_a_value(name: str, text: str, value: object) -> None:
    assert parse_text(ROWS[name], text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("wait_s", "soon"),
        ("wait_s", "-1"),
        ("wait_s", "nan"),
        ("wait_s", "inf"),
        ("lock_timeout_ms", "1.5"),
        ("lock_timeout_ms", "0"),
        ("fetch_programs", "perhaps"),
        ("schemas", ","),
        ("layout", "rails"),
        ("run_lock_key", str(2**63)),
        ("history_table", ""),
    ],
)
def test_a_text_that_is_no_value(name: str, text: str) -> None:
    with pytest.raises(WrongValue):
        parse_text(ROWS[name], text)


@given(st.sampled_from(list(ROWS.values())), st.from_type(type) | st.none() | st.integers() | st.lists(st.text()))
def test_any_value_is_a_value_or_refused(row: Any, value: object) -> None:
    try:
        made = check_value(row, value)
    except WrongValue:
        return
    assert made is not None
    assert replace(row, default=made)
