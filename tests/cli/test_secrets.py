"""No password reaches a reader: 100 addresses that cannot be read or used, every command, text and JSON."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rowkeep.cli.root_group import COMMANDS

# Each part is looked for: half a password is half a secret.
PASSWORD = "Sommer%Regen"
PARTS = ("Sommer", "Regen")

SHAPES = (
    "postgresql://app:{}@127.0.0.1:1/shop",
    '"postgresql://app:{}@127.0.0.1:1/shop',
    '"postgresql://app:{}@127.0.0.1:1/shop"',
    "postgres:/app:{}@127.0.0.1:1/shop",
    "postgres:app:{}@127.0.0.1:1/shop",
    "postgresql//app:{}@127.0.0.1:1/shop",
    "postgresql+psycopg2://app:{}@127.0.0.1:1/shop",
    "postgresql+unknown://app:{}@127.0.0.1:1/shop",
    "mysql://app:{}@127.0.0.1:1/shop",
    "psql postgresql://app:{}@127.0.0.1:1/shop",
    "DATABASE_URL=postgresql://app:{}@127.0.0.1:1/shop",
    "jdbc:postgresql://127.0.0.1:1/shop?user=app&password={}",
    "app:{}@127.0.0.1:1/shop",
    "postgresql://app:{}@127.0.0.1:port/shop",
    "postgresql://app:{}@127.0.0.1:1:2/shop",
    "postgresql://app:{}/127.0.0.1:1/shop",
    "postgresql:///app:{}@127.0.0.1:1/shop",
    "postgresql://app:{}@127.0.0.1:1/shop?ssl=perhaps",
    "postgresql://app:x@127.0.0.1:1/shop?sslmode={}",
    "postgresql://app:x@127.0.0.1:1/shop?passwort={}",
    "postgresql://127.0.0.1:1/shop?user=app&password={}&nothing",
    "postgresql://app:{}@[127.0.0.1:1/shop",
    "postgresql://app:{}@127.0.0.1 :1/shop",
    "host=127.0.0.1 port=1 password={} word",
    "host=127.0.0.1 port=1 password='{}",
    "host=127.0.0.1;port=1;password={}",
    "Server=127.0.0.1;Port=1;User Id=app;Password={};",
    "dbname=postgresql://app:{}@127.0.0.1:1/shop",
    '{{"url": "postgresql://app:{}@127.0.0.1:1/shop"}}',
    "embedded:postgresql://app:{}@127.0.0.1:1/shop",
)
SPELLINGS = (PASSWORD, "Sommer@Regen", "Sommer/Regen", "Sommer#Regen", "Sommer?Regen", "Sommer Regen", "Sommer-Regen")
ADDRESSES = tuple(dict.fromkeys(shape.format(word) for word in SPELLINGS for shape in SHAPES))

CALLS = (
    ("status",),
    ("config",),
    ("doctor",),
    ("lint", "--database"),
    ("lint", "--new-only"),
    ("plan",),
    ("up",),
    ("down",),
    ("redo",),
    ("deploy",),
    ("rehearse",),
    ("history",),
    ("wait", "--timeout", "0s"),
    ("accept", "1700000000000_x"),
    ("mark", "1700000000000_x"),
    ("baseline", "1700000000000_x"),
    ("backup",),
    ("backup", "list"),
    ("restore", "latest", "--into", "copy"),
    ("restore", "--into", "copy", "--swap"),
    ("restore", "--swap-back"),
    ("clones", "create"),
    ("schema", "dump"),
    ("drift",),
    ("verify",),
    ("environment",),
    ("roles", "plan"),
    ("roles", "audit"),
    ("tools",),
    ("create", "some", "words"),
    ("rule", "drop-table"),
    ("init",),
)
NOT_CALLED = {"demo", "completion", "import"}
"""They know no database: `demo` brings its own, and `import` reads files only."""


@pytest.fixture
def project(project_with: Callable[[dict[str, str]], Path]) -> Path:
    return project_with({"migrations/1700000000000_x.sql": "-- Up Migration\nSELECT 1;\n"})


def test_every_command_is_tried() -> None:
    assert {call[0] for call in CALLS} | NOT_CALLED == set(COMMANDS)
    assert len(ADDRESSES) > 100


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_a_password_is_never_printed(call, run, project) -> None:  # type: ignore[no-untyped-def]
    seen = []
    # Every address meets some commands, every command every shape; text and JSON in turn.
    shift = CALLS.index(call)
    for number, address in enumerate(ADDRESSES[shift % 7 :: 7]):
        form = ["--output-format", "json"] if (number + shift) % 2 else []
        ran = run(*call, *form, cwd=project, env={"DATABASE_URL": address})
        if any(part in ran.out + ran.err for part in PARTS) or ran.code == 70:
            seen.append((address, form, ran.code, ran.out[-300:], ran.err[-500:]))
    assert seen == []


@pytest.mark.parametrize("way", ["flag", "file", "env-file", "libpq", "argument"])
def test_whatever_gives_the_address(way, run, project) -> None:  # type: ignore[no-untyped-def]
    for number, address in enumerate(ADDRESSES[:: 2 if way == "flag" else 7]):
        env: dict[str, str] = {}
        arguments = ["status", *(["--output-format", "json"] if number % 2 else [])]
        match way:
            case "flag":
                arguments += ["--database", address]
            case "file":
                (project / "rowkeep.toml").write_text(f"database = {json.dumps(address)}\n")
            case "env-file":
                (project / ".env").write_text(f"DATABASE_URL='{address}'\n")
            case "libpq":
                env = {"PGHOST": address, "PGPASSWORD": PASSWORD}
            case _:
                arguments += [address]
        ran = run(*arguments, cwd=project, env=env)
        assert ran.code in (2, 3), (address, ran)
        assert not any(part in ran.out + ran.err for part in PARTS), (address, ran)


def test_debug_shows_no_password_either(run, project) -> None:  # type: ignore[no-untyped-def]
    for address in ADDRESSES[::7]:
        ran = run("status", "--debug", cwd=project, env={"DATABASE_URL": address})
        assert not any(part in ran.out + ran.err for part in PARTS), (address, ran)


FORMS = ("full", "concise", "json", "json-lines", "sarif", "github", "gitlab", "junit", "squawk-json")


@pytest.mark.parametrize("form", FORMS)
def test_a_password_in_a_migration_is_not_repeated(form, run, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "migrations").mkdir()
    statements = (
        "CREATE ROLE bot LOGIN PASSWORD 'Sommer-Regen';",
        "ALTER USER bot WITH ENCRYPTED PASSWORD $x$Sommer-Regen$x$; DROP TABLE orders;",
        "CREATE USER MAPPING FOR bot SERVER other OPTIONS (user 'bot', password 'Sommer-Regen');",
        "CREATE SUBSCRIPTION s CONNECTION 'host=h password=Sommer-Regen' PUBLICATION p; DROP TABLE c;",
        "SELECT dblink_connect('postgresql://app:Sommer-Regen@h/d'); DROP TABLE b;",
        "CREATE ROLE x PASSWORD 'Sommer-Regen' NONSENSE HERE;",
    )
    for number, statement in enumerate(statements):
        (tmp_path / f"migrations/170000000000{number}_x.sql").write_text(f"{statement}\n")
    ran = run("lint", "--output-format", form, cwd=tmp_path)
    assert ran.code == 1
    assert not any(part in ran.out + ran.err for part in PARTS), ran


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_a_server_that_repeats_a_statement_gives_no_password_away(database, run, project) -> None:  # type: ignore[no-untyped-def]
    """The server's own words hold the failed statement: in its message, its context, and in what we keep of it."""
    body = "BEGIN EXECUTE 'CREATE ROLE pg_bot PASSWORD ''Sommer-Regen'''; END"
    (project / "migrations/1700000000001_y.sql").write_text(f"DO $$ {body} $$;\n")
    for form, verbose in itertools.product(("text", "json"), ([], ["-v"])):
        for command in ("up", "history"):
            ran = run(command, "--output-format", form, *verbose, cwd=project, env={"DATABASE_URL": database})
            assert not any(part in ran.out + ran.err for part in PARTS), ran


@pytest.mark.parametrize("address", ["host=h passwort=SommerRegen", "app:SommerRegen", "SommerRegen"])
def test_an_address_in_the_place_of_the_command_is_not_repeated(address, run, tmp_path) -> None:  # type: ignore[no-untyped-def]
    called = run("-d", address, "doctor", "--output-format", "json", cwd=tmp_path)
    assert called.code == 2 and "Sommer" not in called.out + called.err
    assert json.loads(called.out)["command"] == "doctor"
