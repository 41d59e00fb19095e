"""Addresses of databases: what every tool writes is understood, what cannot be read is refused and not repeated."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from rowkeep.config.address import UnreadableAddress, check_address, find_secrets, format_address, parse_address
from rowkeep.config.address_words import KEYWORDS
from rowkeep.errors import Misused

URL = {"user": "app", "password": "s3cret!", "host": "h", "port": "5433", "dbname": "shop"}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", {}),
        ("postgresql://", {}),
        ("postgresql://app:s3cret!@h:5433/shop", URL),
        ("postgres://app:s3cret!@h:5433/shop", URL),
        ("POSTGRES://app:s3cret!@h:5433/shop", URL),
        ("  postgresql://app:s3cret!@h:5433/shop\r\n", URL),
        ('"postgresql://app:s3cret!@h:5433/shop"\n', URL),
        ("'postgresql://app:s3cret!@h:5433/shop'", URL),
        ("postgresql+psycopg2://app:s3cret!@h:5433/shop", URL),
        ("postgresql+asyncpg://app:s3cret!@h:5433/shop", URL),
        ("postgresql+psycopg://app:s3cret!@h:5433/shop", URL),
        ("postgresql://app:s3cret!@h:5433/shop?connection_limit=5&pool_timeout=3&pgbouncer=true", URL),
        ("postgresql://app:s3cret!@h:5433/shop?sslmode=no-verify", URL | {"sslmode": "require"}),
        ("postgresql://app:s3cret!@h:5433/shop?ssl=true", URL | {"sslmode": "require"}),
        ("postgresql://app:s3cret!@h:5433/shop?ssl=0", URL | {"sslmode": "disable"}),
        ("postgresql://app:s3cret!@h:5433/shop?ssl=verify-full", URL | {"sslmode": "verify-full"}),
        ("postgresql://app:s3cret!@h:5433/shop?ssl=no-verify", URL | {"sslmode": "require"}),
        ("postgresql://h:5433/shop?user=app&password=s3cret!", URL),
        ("host=h port=5433 dbname=shop user=app password=s3cret!", URL),
        ("host = h port = 5433 dbname = shop user = app password = 's3cret!'\n", URL),
        (r"dbname='a b' password='it\'s \\ here'", {"dbname": "a b", "password": r"it's \ here"}),
        (
            "postgresql://app:p%40%2F%25%3A%23%3F@h/d",
            {"user": "app", "password": "p@/%:#?", "host": "h", "dbname": "d"},
        ),
        ("postgresql://app:p@ss@h/d", {"user": "app", "password": "p@ss", "host": "h", "dbname": "d"}),
        ("postgresql://app:a:b:c@h/d", {"user": "app", "password": "a:b:c", "host": "h", "dbname": "d"}),
        ("postgresql://[::1]:5433,h2:5434/d", {"host": "::1,h2", "port": "5433,5434", "dbname": "d"}),
        ("postgresql://%2Fvar%2Frun%2Fpostgresql/d", {"host": "/var/run/postgresql", "dbname": "d"}),
        ("postgresql:///d?host=/tmp&port=5433", {"dbname": "d", "host": "/tmp", "port": "5433"}),
        ("service=production", {"service": "production"}),
        (
            "postgresql://h/d?channel_binding=require&sslmode=require&application_name=web",
            {
                "host": "h",
                "dbname": "d",
                "channel_binding": "require",
                "sslmode": "require",
                "application_name": "web",
            },
        ),
    ],
)
def test_what_tools_write_is_understood(text: str, parts: dict[str, str]) -> None:
    assert dict(parse_address(text).parts) == parts


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://app:pw@h1:1,h2:2/shop?target_session_attrs=read-write",
        "postgresql://app:a%20b@[2001:db8::1]:5433/sh%20op?connect_timeout=5&options=-c%20geqo%3Doff",
        "postgresql://%2Ftmp:5433/d?user=ann&keepalives=1&sslmode=verify-full&sslrootcert=system",
        r"host=h dbname='a b' user=ann password='it\'s \\' options='-c geqo=off'",
        "hostaddr=127.0.0.1 port=5433 gssencmode=disable require_auth=scram-sha-256,none",
    ],
)
def test_it_is_read_as_libpq_reads_it(text: str) -> None:
    assert dict(parse_address(text).parts) == {key: str(value) for key, value in conninfo_to_dict(text).items()}


def test_only_libpqs_keywords_are_handed_on() -> None:
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    # A newer libpq may know more, an older one less: those that every supported one knows are ours.
    assert known - {"replication", "authtype", "requiressl", "sslkeylogfile"} - KEYWORDS <= {
        word for word in known if word.startswith(("oauth_", "servicefile"))
    }
    assert make_conninfo("", **dict(parse_address("host=h port=1").parts))


def test_prismas_schema_is_told_apart() -> None:
    found = parse_address("postgresql://h/d?schema=app")
    assert found.schema == "app"
    assert "schema" not in found.parts


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("postgresql://app:So%mmer@h/d", "%25"),
        ("postgresql://app:So/mmer@h/d", "%2F"),
        ("postgresql://app:So#mmer@h/d", "%23"),
        ("postgresql://app:So?mmer@h/d", "%3F"),
        ("postgresql://app:So mmer@h/d", "%20"),
        ("psql postgresql://app:Sommer@h/d", "before postgresql://"),
        ("DATABASE_URL=postgresql://app:Sommer@h/d", "before postgresql://"),
        ("postgres:/app:Sommer@h/d", "before postgresql://"),
        ("mysql://app:Sommer@h/d", "scheme is not postgresql"),
        ("postgresql+odbc://app:Sommer@h/d", "driver"),
        ("host=h password=So mmer", "single quotes"),
        ("host=h;password=Sommer", "separated by blanks"),
        ("postgresql://app:Sommer@h/d?sslmode=maybe", "should be one of"),
        ("postgresql://app:Sommer@h/d?ssl=maybe", "ssl="),
        ("postgresql://app:Sommer@h:54x/d", "port"),
        ("postgresql://app:Sommer@h:99999/d", "port"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(text: str, says: str) -> None:
    with pytest.raises(Misused) as caught:
        check_address(text, "environment variable DATABASE_URL")
    error = caught.value
    whole = f"{error.what} {error.where} {error.why} {error.instead}"
    assert says in whole
    assert "mmer" not in whole
    assert error.__suppress_context__


def test_what_is_shown_of_an_address() -> None:
    assert format_address("postgresql+asyncpg://app:s3cret@h/d") == "postgresql://app:***@h/d"
    assert format_address(" 'postgresql://app:s3cret@h/d?password=x'\n") == "postgresql://app:***@h/d?password=***"
    assert format_address("host=h password=s3cret") == "host=h password=***"
    assert "s3cret" not in format_address("postgresql://app:s3%cret@h/d")
    assert format_address("embedded:17") == "embedded:17"
    assert "s3cret" not in repr(parse_address("host=h password=s3cret"))


def test_the_passwords_of_a_broken_address_are_known_all_the_same() -> None:
    for text in (
        "postgresql://app:Sommer%Regen@h/d",
        "x postgres://app:Sommer%Regen@h/d",
        "host=h password=Sommer%Regen x",
    ):
        with pytest.raises(UnreadableAddress):
            parse_address(text)
        known, _ = find_secrets(text)
        assert "Sommer%Regen" in known
