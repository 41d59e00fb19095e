"""The named queries of `database/queries/`: their form, and that every supported server understands them."""

from __future__ import annotations

import ast
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
    "view": ("public", "recorded"),
    "extension": ("plpgsql",),
    "wrapper": ("postgres_fdw",),
}
OTHERS = """CREATE TABLE old (
    id bigint, version text, version_id bigint, is_applied boolean, applied bigint, total bigint, script varchar,
    type varchar, success boolean, dirty boolean, migration_name varchar, finished_at timestamptz,
    rolled_back_at timestamptz);
CREATE TABLE recorded (dbid oid, userid oid, queryid bigint, calls bigint, query text, stats_reset timestamptz)"""
"""What the histories of other tools hold (tests/runner/test_imported.py has each as its tool makes it), and columns of
pg_stat_statements."""

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


SESSION_COMMANDS = re.compile(
    r"(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET|RESET|SHOW|PREPARE|CLOSE|UNLISTEN|DISCARD|DEALLOCATE)\b"
)
QUERY = re.compile(
    r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|MERGE INTO|VALUES)\s+\S|\s*WITH\s+(RECURSIVE\s+)?\w+\s+(AS\b|\()"
)
STATEMENT = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE|MERGE|VALUES|CREATE|ALTER|DROP|GRANT|REVOKE|COMMENT|LOCK|COPY)\b"
)
HINTS = ("SELECT pg_terminate_backend(", "SELECT setval(")
"""The beginnings of SQL that is shown to people and not run."""


def misplaced_sql(source: str) -> list[str]:
    """The literals of a Python source that should be a named query."""
    found = []
    templates: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args:
            function = ast.unparse(node.func).rpartition(".")[2]
            literal = _literal(node.args[0])
            if literal is None:
                continue
            runs = function in ("execute", "executemany", "PipelineCommand")
            if runs and not SESSION_COMMANDS.match(literal):
                found.append(f"{node.lineno}: only session commands are written in Python: {literal}")
            if function == "SQL":
                templates.add(literal)
                if STATEMENT.match(literal) and "{" not in literal:
                    found.append(f"{node.lineno}: no part of it is composed: {literal}")
        literal = _literal(node) if isinstance(node, ast.expr) else None
        if literal and QUERY.match(literal) and literal not in templates and not literal.startswith(HINTS):
            found.append(f"{node.lineno}: {literal}")
    return found


def _literal(node: ast.expr) -> str | None:
    """The text of a literal, or the beginning of one that is put together."""
    match node:
        case ast.Constant(value=str() | bytes() as value):
            return value if isinstance(value, str) else value.decode()
        case ast.JoinedStr(values=[first, *_]) | ast.BinOp(left=first):
            return _literal(first)
        case ast.Call(func=ast.Attribute(value=inner, attr="encode")):
            return _literal(inner)
    return None


def test_sql_stands_in_named_queries() -> None:
    """Beside them only commands for the session, and templates whose tables or columns are known when they run."""
    package = Path(rowkeep.__file__).parent / "database"
    paths = sorted(package.rglob("*.py"))
    assert len(paths) > 40
    found = [f"{path.name}:{line}" for path in paths for line in misplaced_sql(path.read_text(encoding="utf-8"))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        'session.connection.execute("SELECT 1")',
        'session.connection.execute(f"UPDATE {table} SET a = 1")',
        'PipelineCommand(b"DELETE FROM a")',
        'connection.execute("ANALYZE")',
        'connection.execute(sql.SQL("CREATE TABLE a ()"))',
        'QUERY = "SELECT a FROM b"',
        'text = b"WITH a AS (SELECT 1) " + rest',
    ],
)
def test_misplaced_sql_is_found(line: str) -> None:
    assert misplaced_sql(line)


@pytest.mark.parametrize(
    "line",
    [
        'session.connection.execute("SET LOCAL row_security = off")',
        'COUNT = sql.SQL("SELECT pg_catalog.count(*) FROM ONLY {}")',
        'PipelineCommand(b"COMMIT")',
        'def f():\n    """Select what is needed."""',
    ],
)
def test_session_commands_and_templates_may_stand_in_python(line: str) -> None:
    assert not misplaced_sql(line)
