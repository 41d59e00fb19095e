"""Checks, before our own tables are used, that they run no code of a role with fewer rights than ours.

A role that may create in `public` can create `pgmigrations`, or the schema `rowkeep`, before we do, with a trigger, a
default or as a view. Its code would run with our rights. So we read the catalog first, which runs none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from rowkeep.database.connection.own_settings import array
from rowkeep.database.queries import load_query
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.late_regex import compile_later
from rowkeep.errors import Refused
from rowkeep.knowledge.forms.keywords import quote_name

Connection = psycopg.Connection[TupleRow]
Table = tuple[str, str]
"""Schema and name."""

LEDGER = tuple(
    ("rowkeep", name) for name in ("edition", "run", "entry", "checkpoint", "environment", "structure", "roundtrip")
)
WRITTEN = tuple(("rowkeep", name) for name in ("run", "entry", "checkpoint"))
"""The tables that a run writes."""

FAIL_IF_UNSAFE = sql.SQL(
    "SELECT pg_catalog.min(pg_catalog.format('%I.%I %s', own.nspname, own.relname, own.findings[1]))::pg_catalog.int4"
    " FROM ({tables}) AS own WHERE own.findings <> '{{}}'"
)
"""The cast to a number fails, with the first finding in its message."""

FAIL_UNLESS_TRUSTED = sql.SQL(
    "SELECT pg_catalog.min(pg_catalog.format('%%I.%%I', own.nspname, own.relname))::pg_catalog.int4"
    " FROM ({tables}) AS own WHERE NOT own.trusted OR own.findings <> '{{}}'"
)
"""As `FAIL_IF_UNSAFE`, and it also fails for a table that only a lock would keep safe."""

_NAMED = compile_later(r"\browkeep\.(edition|run|entry|checkpoint|environment|structure|roundtrip)\b")
_WRITES = compile_later(r"^\s*(INSERT|UPDATE|DELETE|CREATE|WITH)\b", re.MULTILINE)


@cache
def _ledger_tables(text: bytes) -> tuple[Table, ...]:
    return tuple(("rowkeep", name) for name in dict.fromkeys(_NAMED.findall(text.decode())))


@cache
def _writes(text: bytes) -> bool:
    return _WRITES.search(text.decode()) is not None


class OwnTables:
    """What a session knows of our own tables.

    trusted: checked once, of a role that has our rights anyway. shared: checked, of a role that is not trusted; they
    are checked again at each use. history: the history tables that were named so far.
    """

    def __init__(self) -> None:
        self.trusted: set[Table] = set()
        self.shared: set[Table] = set()
        self.history: set[Table] = set()

    @contextmanager
    def guard(self, connection: Connection, text: bytes, identifiers: Mapping[str, tuple[str, ...]]) -> Iterator[None]:
        """Run the query `text` within, only if the tables it uses run no code of an untrusted role.

        Raises Refused otherwise, with nothing run; psycopg.Error.
        """
        used = self.tables_used(text, identifiers)
        if all(table in self.trusted for table in used):
            yield
            return
        # All tables at once: a session asks the catalog once, not before each table.
        shared = [table for table in self._check(connection) if table in used]
        if not shared:
            yield
            return
        # Its owner could change it between our check and our use: lock it first, then check again.
        with connection.transaction():
            mode = "ROW EXCLUSIVE" if _writes(text) else "ACCESS SHARE"
            for table in shared:
                connection.execute(_lock_command([table], mode))
            self._check(connection)
            yield

    def trusts(self, connection: Connection, queries: Iterable[tuple[bytes, Mapping[str, tuple[str, ...]]]]) -> bool:
        """Whether these queries, each with its identifiers, can run without locking the tables that they use.

        Asks the catalog only if that is not known yet. Raises Refused; psycopg.Error.
        """
        used = {table for text, identifiers in queries for table in self.tables_used(text, identifiers)}
        return used <= self.trusted or not used.intersection(self._check(connection))

    def check_values(self, history: Table) -> dict[str, list[str]]:
        """The values of `own_tables.check`, to ask it together with other queries; `note` takes its rows."""
        self.history.add(history)
        return self._values()

    def _values(self) -> dict[str, list[str]]:
        schemas, names = zip(*self._tables(), strict=True)
        return {"schemas": list(schemas), "tables": list(names)}

    def note_trusted(self, rows: Iterable[TupleRow]) -> None:
        """Note which tables the rows of `own_tables.check` show as trusted, where none of them is used yet."""
        self.trusted.update((schema, name) for schema, name, _, trusted, findings in rows if trusted and not findings)

    def tables_used(self, text: bytes, identifiers: Mapping[str, tuple[str, ...]]) -> list[Table]:
        """Our tables that a query uses."""
        used = list(_ledger_tables(text))
        if (history := identifiers.get("history")) is not None:
            used.append((history[0], history[1]))
            self.history.add(used[-1])
        return used

    def check_commands(
        self, connection: Connection, written: Sequence[Table]
    ) -> tuple[tuple[bytes, tuple[bytes, ...] | None], ...]:
        """Commands (text, values) that lock and check again, for a transaction that writes these tables; mostly none.

        The last one fails if one of the tables is no longer safe.
        """
        shared = sorted(self.shared.intersection(written))
        if not shared:
            return ()
        lock = _lock_command(shared, "ROW EXCLUSIVE").as_bytes(connection)
        text: Any = load_query("own_tables.check").decode()
        text = text.replace("%(schemas)s", "$1").replace("%(tables)s", "$2").replace("%%", "%")
        check = FAIL_IF_UNSAFE.format(tables=sql.SQL(text)).as_bytes(connection)
        schemas, names = zip(*self._tables(), strict=True)
        return (lock, None), (check, (array(schemas).encode(), array(names).encode()))

    def trust_command(self, connection: Connection) -> bytes:
        """A command that fails unless all our tables that exist then are trusted."""
        text: Any = load_query("own_tables.check").decode()
        command = FAIL_UNLESS_TRUSTED.format(tables=sql.SQL(text))
        return psycopg.ClientCursor(connection).mogrify(command, self._values()).encode()

    def trust_all(self) -> None:
        """Note that `trust_command` succeeded: our tables are trusted."""
        self.trusted.update(self._tables())

    def _tables(self) -> tuple[Table, ...]:
        """All of them: they refer to each other."""
        return (*self.history, *LEDGER)

    def _check(self, connection: Connection) -> list[Table]:
        """Return our tables that belong to an untrusted role and are safe as they are now. Raises Refused."""
        rows = connection.execute(load_query("own_tables.check"), self._values()).fetchall()
        return self.note(connection, rows)

    def note(self, connection: Connection, rows: Iterable[TupleRow]) -> list[Table]:
        """Note the rows of `own_tables.check`. Returns and raises what `_check` does."""
        shared = []
        for schema, name, owner, trusted, findings in rows:
            if findings:
                raise _refusal(connection.info.user, (schema, name), owner, findings)
            if trusted:
                self.trusted.add((schema, name))
                self.shared.discard((schema, name))
            else:
                shared.append((schema, name))
                self.shared.add((schema, name))
        return shared


def _lock_command(tables: Iterable[Table], mode: str) -> sql.Composed:
    text: Any = f"LOCK TABLE {{}} IN {mode} MODE"
    return sql.SQL(text).format(sql.SQL(", ").join(sql.Identifier(*table) for table in tables))


def _refusal(us: str, table: Table, owner: str, findings: list[str]) -> Refused:
    name = ".".join(map(quote_name, table))
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
            "if you do not know it: rename the table or the schema, and find out who created it",
        ),
    )
