"""Before our own tables are read or written: do they run code of a role that has fewer rights than we have?

A role that may create in `public` can make `pgmigrations`, or the schema `rowkeep`, before we do, with a trigger, a
default or as a view. What it planted would run as us. The catalog is asked first, which runs nothing of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from psycopg import sql

from rowkeep.database.connection.own_settings import array
from rowkeep.database.queries import load_query
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Refused
from rowkeep.knowledge.forms.keywords import quote_name

if TYPE_CHECKING:
    from rowkeep.database.connection.session import Session

Table = tuple[str, str]
"""Schema and name."""

LEDGER = tuple(
    ("rowkeep", name) for name in ("edition", "run", "entry", "checkpoint", "environment", "structure", "roundtrip")
)
WRITTEN = tuple(("rowkeep", name) for name in ("run", "entry", "checkpoint"))
"""Those that a run writes."""

FAIL_IF_UNSAFE = sql.SQL(
    "SELECT pg_catalog.min(pg_catalog.format('%I.%I %s', own.nspname, own.relname, own.findings[1]))::pg_catalog.int4"
    " FROM ({tables}) AS own WHERE own.findings <> '{{}}'"
)
"""The cast to a number fails, with the first finding in its message."""

_NAMED = re.compile(r"\browkeep\.(edition|run|entry|checkpoint|environment|structure|roundtrip)\b")
_WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|CREATE|WITH)\b", re.MULTILINE)


@cache
def _ledger_tables(text: bytes) -> tuple[Table, ...]:
    return tuple(("rowkeep", name) for name in dict.fromkeys(_NAMED.findall(text.decode())))


@cache
def _writes(text: bytes) -> bool:
    return _WRITES.search(text.decode()) is not None


@contextmanager
def guard_own_tables(session: Session, text: bytes, identifiers: Mapping[str, tuple[str, ...]]) -> Iterator[None]:
    """Run the question `text` within: only when what it reads or writes runs no code of an untrusted role.

    Raises Refused otherwise, with nothing run; psycopg.Error.
    """
    wanted = list(_ledger_tables(text))
    if (history := identifiers.get("history")) is not None:
        wanted.append((history[0], history[1]))
        session.history_tables.add(wanted[-1])
    if all(table in session.trusted_tables for table in wanted):
        yield
        return
    # All of them at once: a session asks the catalog once, not before each table.
    found = _check_tables(session)
    shared = [table for table in found if table in wanted]
    if not shared:
        yield
        return
    # Its owner could change it between our look and our use: lock it first, then look again.
    with session.connection.transaction():
        _lock(session, shared, "ROW EXCLUSIVE" if _writes(text) else "ACCESS SHARE")
        _check_tables(session)
        yield


def guard_commands(session: Session, written: Sequence[Table]) -> tuple[tuple[bytes, tuple[bytes, ...] | None], ...]:
    """Commands (text, values) that lock and check again, for a transaction that writes these tables; mostly none.

    The last one fails where one of the tables is no longer safe.
    """
    shared = sorted(session.shared_tables.intersection(written))
    if not shared:
        return ()
    names = sql.SQL(", ").join(sql.Identifier(*table) for table in shared)
    lock = sql.SQL("LOCK TABLE {} IN ROW EXCLUSIVE MODE").format(names).as_bytes(session.connection)
    text: Any = load_query("own_tables.check").decode()
    text = text.replace("%(schemas)s", "$1").replace("%(tables)s", "$2").replace("%%", "%")
    check = FAIL_IF_UNSAFE.format(tables=sql.SQL(text)).as_bytes(session.connection)
    schemas, tables = zip(*_ours(session), strict=True)
    return (lock, None), (check, (array(schemas).encode(), array(tables).encode()))


def _lock(session: Session, tables: Iterable[Table], mode: str) -> None:
    for table in tables:
        text: Any = f"LOCK TABLE {{}} IN {mode} MODE"
        session.connection.execute(sql.SQL(text).format(sql.Identifier(*table)))


def _ours(session: Session) -> tuple[Table, ...]:
    """All of them: they refer to each other."""
    return (*session.history_tables, *LEDGER)


def _check_tables(session: Session) -> list[Table]:
    """Those of our tables that belong to a role that is not trusted, and are safe as they are now. Raises Refused."""
    schemas, tables = zip(*_ours(session), strict=True)
    values = {"schemas": list(schemas), "tables": list(tables)}
    rows = session.connection.execute(load_query("own_tables.check"), values).fetchall()
    shared = []
    for schema, name, owner, trusted, findings in rows:
        if findings:
            raise _refusal(session, (schema, name), owner, findings)
        if trusted:
            session.trusted_tables.add((schema, name))
            session.shared_tables.discard((schema, name))
        else:
            shared.append((schema, name))
            session.shared_tables.add((schema, name))
    return shared


def _refusal(session: Session, table: Table, owner: str, findings: list[str]) -> Refused:
    name, us = ".".join(map(quote_name, table)), session.connection.info.user
    keep = f"ALTER TABLE {name} OWNER TO {quote_name(us)}, and the same for the functions of its triggers"
    return Refused(
        "a table that Rowkeep reads and writes could run code of another role with your rights",
        code=ErrorCode.UNTRUSTED_TABLE,
        where=".".join(table),
        why=f"it belongs to the role {owner} and {'; it '.join(findings)}. You are logged in as {us}, and not every "
        "role that decides what this code does has your rights. Nothing of it was run",
        instead=(
            f"log in as {owner}, if that is the role that runs the migrations",
            f"if you know what it does and want to keep it: {keep}",
            "if you do not know it: rename the table or the schema, and find out who made it",
        ),
    )
