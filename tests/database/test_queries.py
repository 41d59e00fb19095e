"""Every question of the room stands in a file that each supported server understands."""

from __future__ import annotations

import re
from importlib import resources

import psycopg
import pytest
from psycopg import sql

from rowkeep.database.connection.session import load_query

FILES = sorted(
    path.name[:-4]
    for path in (resources.files("rowkeep.database") / "queries").iterdir()
    if path.name.endswith(".sql")
)
MADE = (
    "ledger_schema",
    "ledger_edition_1",
    "history_create",
    "expected_table",
    "environment_table",
    "roundtrip_table",
)
"""What makes the tables that others ask for, in order."""

NAMES = {
    "history": ("public", "pgmigrations"),
    "table": ("public", "pgmigrations"),
    "index": ("public", "pgmigrations_pkey"),
    "schema": ("public",),
    "database": ("postgres",),
    "role": ("postgres",),
}
OTHERS = """CREATE TABLE old (
    id bigint, version text, version_id bigint, is_applied boolean, applied bigint, total bigint, script varchar,
    type varchar, success boolean, dirty boolean, migration_name varchar, finished_at timestamptz,
    rolled_back_at timestamptz)"""
"""What the histories of other tools hold; tests/runner/test_imported.py has each as its tool makes it."""

PREPARED = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|VALUES|MERGE)\b", re.IGNORECASE)


def text(name: str) -> str:
    """The question with names filled in, and PostgreSQL's own parameters."""
    raw = load_query(name).decode()
    if re.search(r"\{\w+\}", raw):
        names = {**NAMES, "history": ("public", "old")} if name.startswith("old_") else NAMES
        filled = {key: sql.Identifier(*path) for key, path in names.items()}
        raw = sql.SQL(raw).format(**filled).as_string(None)  # type: ignore[arg-type]
    numbers: dict[str, str] = {}
    if "%(" in raw:
        raw = re.sub(r"%\((\w+)\)s", lambda found: numbers.setdefault(found[1], f"${len(numbers) + 1}"), raw)
        raw = raw.replace("%%", "%")
    return raw


def body(name: str) -> str:
    return re.sub(r"(?m)^\s*--.*$", "", text(name)).strip()


@pytest.mark.parametrize("name", FILES)
def test_a_question_begins_with_a_comment_and_asks_one_thing(name: str) -> None:
    raw = load_query(name).decode()
    assert raw.startswith("-- ")
    assert raw.isascii()  # a comment, too, must exist in the encoding of the database
    assert raw.endswith("\n")
    if PREPARED.match(body(name)):
        assert ";" not in body(name).removesuffix(";")


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_every_question_is_understood(database: str) -> None:
    wrong = []
    with psycopg.connect(database, autocommit=True) as connection:
        major = connection.info.server_version // 10000
        for name in MADE:
            connection.execute(text(name))  # type: ignore[call-overload]
        connection.execute(OTHERS)
        for name in FILES:
            bound = re.search(r"_(from|before)(\d+)$", name)
            if bound and (major >= int(bound[2])) is not (bound[1] == "from"):
                continue
            if name in MADE or not PREPARED.match(body(name)):
                continue
            try:
                connection.execute(b"PREPARE question AS " + text(name).encode())
                connection.execute(b"DEALLOCATE question")
            except psycopg.Error as error:
                wrong.append(f"{name}: {error}")
    assert not wrong, "\n".join(wrong)
