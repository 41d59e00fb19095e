"""The named queries of `database/queries/`: their form, and that every supported server understands them."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

import rowkeep
from rowkeep.database.queries import load_query, query_purpose, read_queries

FILES = sorted(
    path.name[:-4] for path in resources.files("rowkeep.database.queries").iterdir() if path.name.endswith(".sql")
)
QUERIES = [f"{file}.{name}" for file in FILES for name in read_queries(file)]
CREATING = (
    "ledger.create_schema",
    "ledger.create_edition_1",
    "history.create",
    "expected_structure.create_table",
    "environment.create_table",
    "roundtrips.create_table",
)
"""The queries that create the tables of the others, in order."""

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
        names = {**NAMES, "history": ("public", "old")} if name.startswith("foreign_history.") else NAMES
        filled = {key: sql.Identifier(*path) for key, path in names.items()}
        raw = sql.SQL(raw).format(**filled).as_string(None)  # type: ignore[arg-type]
    numbers: dict[str, str] = {}
    if "%(" in raw:
        raw = re.sub(r"%\((\w+)\)s", lambda found: numbers.setdefault(found[1], f"${len(numbers) + 1}"), raw)
        raw = raw.replace("%%", "%")
    return raw


def body(name: str) -> str:
    return re.sub(r"(?m)^\s*--.*$", "", text(name)).strip()


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_begins_with_a_comment_and_is_one_statement(name: str) -> None:
    raw = load_query(name).decode()
    assert raw.startswith("-- ") and len(query_purpose(name)) > 10
    assert raw.isascii()  # a comment, too, must exist in the encoding of the database
    assert raw.endswith("\n")
    if PREPARED.match(body(name)):
        assert ";" not in body(name).removesuffix(";")


@pytest.mark.parametrize("file", FILES)
def test_a_file_consists_of_queries_with_names_of_their_own(file: str) -> None:
    raw = (resources.files("rowkeep.database.queries") / f"{file}.sql").read_text(encoding="ascii")
    markers = re.findall(r"^-- name:.*$", raw, re.MULTILINE)
    assert markers == [f"-- name: {name}" for name in read_queries(file)], "a marker that is no name, or a name twice"
    assert raw.startswith("-- name: ")
    assert all(re.fullmatch("[a-z][a-z0-9_]*", name) for name in read_queries(file))


def test_every_query_is_used() -> None:
    """By its whole name, or by its file and the beginning of its name, where a program composes it."""
    source = Path(rowkeep.__file__).parent
    code = "\n".join(path.read_text(encoding="utf-8") for path in source.rglob("*.py"))
    composed = set(re.findall(r'f"(\w+\.\w*)\{', code))
    unused = [name for name in QUERIES if f'"{name}"' not in code and not name.startswith(tuple(composed))]
    assert not unused


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_every_server_understands_every_query(database: str) -> None:
    wrong = []
    prepared = 0
    with psycopg.connect(database, autocommit=True) as connection:
        major = connection.info.server_version // 10000
        for name in CREATING:
            connection.execute(text(name))  # type: ignore[call-overload]
        connection.execute(OTHERS)
        for name in QUERIES:
            bound = re.search(r"_(from|before)(\d+)$", name)
            if bound and (major >= int(bound[2])) is not (bound[1] == "from"):
                continue
            if name in CREATING or not PREPARED.match(body(name)):
                continue
            try:
                connection.execute(b"PREPARE question AS " + text(name).encode())
                connection.execute(b"DEALLOCATE question")
                prepared += 1
            except psycopg.Error as error:
                wrong.append(f"{name}: {error}")
    assert not wrong, "\n".join(wrong)
    assert prepared > 150
