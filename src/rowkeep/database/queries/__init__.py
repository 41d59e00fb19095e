"""The SQL of `database/`: named queries in `.sql` files. A file is read when one of its queries is first used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from psycopg import sql

from rowkeep.domain.late_regex import compile_later

_NAME = compile_later(rb"^-- name: (\w+)\n", re.MULTILINE)


@cache
def read_queries(file: str) -> Mapping[str, bytes]:
    """The queries of `<file>.sql`, by name. The text of each begins with the comment that says what it asks."""
    # Not by importlib.resources, which imports zipfile, tempfile and more.
    text = Path(__file__).with_name(f"{file}.sql").read_bytes()
    _, *parts = _NAME.split(text)
    return {name.decode(): query.strip() + b"\n" for name, query in zip(parts[::2], parts[1::2], strict=True)}


@cache
def load_query(name: str) -> bytes:
    """The text of a query. name: file and query, such as `blockers.activity`."""
    file, _, query = name.partition(".")
    return read_queries(file)[query]


def split_statements(text: bytes) -> list[bytes]:
    """The statements of a query of ours that has several: each ends a line with its semicolon."""
    return [statement.strip() for statement in text.strip().split(b";\n")]


@cache
def query_purpose(name: str) -> str:
    """The first line of a query's comment, which says what it asks."""
    return load_query(name).decode().partition("\n")[0].removeprefix("-- ").rstrip(".")


def compose_query(name: str, **identifiers: tuple[str, ...]) -> sql.Composed:
    """A query with its {placeholders} filled in: each with a name, or a path of names, quoted."""
    text: Any = load_query(name).decode()
    return sql.SQL(text).format(**{key: sql.Identifier(*path) for key, path in identifiers.items()})
