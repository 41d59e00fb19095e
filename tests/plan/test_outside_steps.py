"""What a copy cannot give: read out of a migration's text, and out of the copy's answers."""

from __future__ import annotations

import pytest

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.migration import Direction, Language, Migration, Section
from rowkeep.domain.plan import MigrationState, MigrationStatus, Step
from rowkeep.domain.source import Source, Span
from rowkeep.errors import Failed
from rowkeep.plan import outside
from rowkeep.plan.steps import make_step as make


def step(text: str, language: Language = Language.SQL) -> Step:
    source = Source("m.sql", text)
    function = "up" if language is Language.PYTHON else None
    section = Section(source, Span(0, len(text)), function=function)
    migration = Migration("m", "m.sql", language, "node-pg-migrate", section)
    return make(MigrationStatus("m", MigrationState.PENDING, migration), Direction.UP, ())


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("COPY t TO PROGRAM 'cat'", outside.PROGRAM),
        ("COPY t FROM '/srv/t.csv'", outside.FILE),
        ("SELECT lo_export(1, '/tmp/x')", outside.FILE),
        ("SELECT length(pg_read_file('PG_VERSION'))", outside.FILE),
        ("DO $$ BEGIN PERFORM dblink_exec('far', 'DELETE FROM t'); END $$", outside.SERVER),
        ("SELECT * FROM x.dblink('far', 'SELECT 1') AS t (n int)", outside.SERVER),
        ("CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT dblink_exec('far', 'x') $$", None),
        ("CREATE TABLESPACE fast LOCATION '/srv/fast'", outside.FILE),
        ("CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p", outside.REPLICATION),
        ("SELECT pg_create_logical_replication_slot('s', 'pgoutput')", outside.REPLICATION),
        ("CREATE EXTENSION dblink; UPDATE t SET n = 1", None),
    ],
)
def test_what_stands_in_the_text(text: str, need: str | None) -> None:
    assert outside.find_outside_steps(step(text)) == need


@pytest.mark.parametrize(
    ("sqlstate", "why", "need"),
    [
        ("08001", "could not establish connection", outside.SERVER),
        ("HV00N", 'could not connect to server "far"', outside.SERVER),
        ("55000", 'foreign-data wrapper "x" has no handler', outside.SERVER),
        ("58P01", 'could not open file "/srv/x" for reading: No such file or directory', outside.FILE),
        ("42501", 'could not open file "/srv/x" for writing: Permission denied', outside.FILE),
        ("53200", 'could not execute command "id": Cannot allocate memory', outside.PROGRAM),
        ("42704", 'subscription "feed" does not exist', outside.REPLICATION),
        ("42704", 'type "subscription" does not exist', None),
        ("42501", "permission denied for table orders", None),
        ("42P01", 'relation "orders" does not exist', None),
        ("53200", "out of shared memory", None),
        (None, None, None),
    ],
)
def test_what_the_copy_answers(sqlstate: str | None, why: str | None, need: str | None) -> None:
    assert (
        outside.outside_need_of_error(Failed("it failed", code=ErrorCode.MIGRATION_FAILED, why=why, sqlstate=sqlstate))
        == need
    )


@pytest.mark.parametrize(
    "code",
    [
        "import psycopg",
        "import psycopg.sql",
        "from psycopg import connect",
        "import subprocess as s",
        "import socket",
        "import requests",
        "import urllib.parse",
        "from urllib import request",
        "import os",
        "import importlib",
        "from pathlib import Path",
        "import lib.helpers",
        "from . import helpers",
        "from io import open as o",
        "from rowkeep.cli import main",
        "from json import codecs",
        "from json import *",
        "open('/tmp/x', 'w')",
        "o = open",
        "__import__('os')",
        "eval('1')",
        "exec('1')",
        "getattr(db, 'x')",
        "globals()",
        "().__class__.__base__.__subclasses__()",
        "import json\n    json.codecs.open('/tmp/x', 'w')",
        "import collections as c\n    c._sys.modules",
        "db._session",
    ],
)
def test_python_that_may_act_beside_the_database(code: str) -> None:
    within = f"def up(db):\n    {code}\n" if "*" not in code else f"{code}\ndef up(db): pass\n"
    need = outside.find_outside_steps(step(within, Language.PYTHON))
    assert need is not None
    assert need.endswith(", by which Python may act outside of the copy")


def test_python_that_only_computes() -> None:
    text = """
from __future__ import annotations
import hashlib, json, re, uuid, collections.abc, datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from urllib.parse import quote
from psycopg import sql
from psycopg.types.json import Jsonb
from rowkeep import Database

@dataclass
class Pair:
    _left: int
    def __post_init__(self): self._right = -self._left

def up(db: Database):
    for row in db.query("SELECT id, code FROM t"):
        value = row._asdict() if hasattr(row, "_asdict") else {}
        digest = hashlib.sha256(json.dumps(value).encode()).hexdigest()
        db.execute("UPDATE t SET h = %s WHERE id = %s", [digest, row[0]])
    print(type(db).__name__, dt.datetime.now(), re.compile("x").pattern, row.code, row.socket)
"""
    assert outside.find_outside_steps(step(text, Language.PYTHON)) is None
