"""The server as witness: run a case of the corpus on a copy of its base schema and see what it really does.

Seen are: rows, values, columns and objects that are gone; locks on tables that were there before, and whether these
were rewritten, scanned or indexed meanwhile (PostgreSQL says so at client_min_messages = debug1); queries of the
application that fail afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import postgast
import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from bench.corpus import ROOT, Case, Script
from bench.corpus.holdings import Holdings, look, lost
from bench.corpus.watch import Work, watch
from rowkeep.domain.lint.lock import LockMode

COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
BODY = re.compile(r"(do|create\s+(or\s+replace\s+)?(function|procedure))\b", re.IGNORECASE)
ALONE = re.compile(
    r"(vacuum|create\s+database|alter\s+system)\b|(?!.*\brefresh\b).*\bconcurrently\b", re.I | re.DOTALL
)
CONTROL = re.compile(r"(begin|start\s+transaction|commit|end|rollback(?!\s+to)|abort)\b", re.IGNORECASE)


@dataclass(slots=True)
class Seen:
    """What one case did. held: (table, lock) pairs; broken: queries of the application; proof: before and after."""

    error: str = ""
    sqlstate: str | None = None
    lost: set[str] = field(default_factory=set)
    held: set[tuple[str, LockMode]] = field(default_factory=set)
    work: set[Work] = field(default_factory=set)
    broken: tuple[str, ...] = ()
    proof: tuple[bool | None, bool | None] = (None, None)
    left_open: bool = False


@dataclass(frozen=True, slots=True)
class Repeated:
    """Two runs of a case, statement by statement: how each ended, and what the database held then."""

    sqlstates: tuple[str | None, ...]
    held: tuple[Holdings, ...]
    invalid_indexes: int


class Server:
    """A server with the base schema in the database `base`. conninfo: of another database of it."""

    def __init__(self, conninfo: str, base: str) -> None:
        self.conninfo, self.base = conninfo, base
        self.number = 0

    @contextmanager
    def copy(self) -> Iterator[psycopg.Connection[Any]]:
        """A session in a fresh copy of the base database, which is dropped at the end."""
        self.number += 1
        name = f"{self.base}_{self.number}"
        copy, base = sql.Identifier(name), sql.Identifier(self.base)
        with psycopg.connect(self.conninfo, autocommit=True) as maker:
            # Copying the files costs half of what going through the write-ahead log does (the default from 15).
            how = "STRATEGY file_copy" if maker.info.server_version >= 150000 else ""
            maker.execute(sql.SQL(f"CREATE DATABASE {{}} TEMPLATE {{}} {how}").format(copy, base))
            try:
                conninfo = psycopg.conninfo.make_conninfo(self.conninfo, dbname=name)
                with psycopg.connect(conninfo, autocommit=True, prepare_threshold=None) as connection:
                    connection.execute((ROOT / "witness.sql").read_bytes())
                    yield connection
            finally:
                maker.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(copy))


def prepare(conninfo: str) -> None:
    """Make the base schema in an empty database."""
    with psycopg.connect(conninfo, autocommit=True, options="-c client_min_messages=error") as connection:
        connection.execute((ROOT / "base.sql").read_bytes())


def application() -> tuple[list[str], list[str]]:
    """The application's queries: their names, and their texts."""
    text = (ROOT / "application.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- name: (.+)$", text, flags=re.MULTILINE)
    return parts[1::2], [part.strip().rstrip(";") for part in parts[2::2]]


@dataclass(frozen=True, slots=True)
class Sent:
    """The statements that a runner sends. together: one transaction holds them all.

    A BEGIN and a COMMIT around all the others are not among them: the witness puts the same around them itself.
    """

    texts: tuple[str, ...]
    together: bool


def sent(case: Case, script: Script) -> Sent:
    """The statements of a script; a text that does not parse is one statement."""
    if case.facts.get("one_transaction"):
        return Sent((script.up,), together=True)
    try:
        texts = tuple(postgast.split(script.up))
    except postgast.PgQueryError:
        return Sent((script.up,), together=True)
    bare = [COMMENTS.sub(" ", text).strip() for text in texts]
    controls = [at for at, text in enumerate(bare) if CONTROL.match(text)]
    if controls == [0, len(texts) - 1]:
        return Sent(texts[1:-1], together=True)
    return Sent(texts, together=not controls and not any(map(_alone, bare)))


def commits(case: Case) -> bool:
    """Whether the case cannot run in a transaction that is rolled back."""
    if case.path.is_dir() or "twice" in case.facts or "leaves" in case.facts:
        return True
    return not all(sent(case, script).together for script in case.scripts)


def see(case: Case, connection: psycopg.Connection[Any], before: Holdings | None) -> Seen:
    """Run the case and tell what it did; `before`: what the database holds, for a run that is rolled back."""
    seen = Seen()
    if before is not None:
        connection.execute("BEGIN")
    try:
        proof = _proof(case, connection)
        for script in case.scripts:
            _run(case, script, connection, seen, before)
        seen.left_open = before is None and connection.info.transaction_status is TransactionStatus.INTRANS
        seen.proof = (proof, _proof(case, connection))
        if before is None:
            connection.execute("ROLLBACK")
            connection.execute("BEGIN")
        if case.safe or "breaks" in case.facts:
            # As the application finds the settings, not as the migration has left them.
            connection.execute("RESET ROLE; RESET ALL; SET CONSTRAINTS ALL IMMEDIATE")
            row = connection.execute("SELECT pg_temp.broken(%s, %s)", application()).fetchone()
            seen.broken = tuple(row[0]) if row else ()
    except psycopg.Error as error:
        seen.error, seen.sqlstate = str(error).splitlines()[0], error.sqlstate
    finally:
        connection.execute("ROLLBACK")
    return seen


def repeat(case: Case, connection: psycopg.Connection[Any]) -> Repeated:
    """Run a case twice, as a runner does that starts again."""
    sqlstates: list[str | None] = []
    held = []
    for _ in range(2):
        sqlstate = None
        try:
            for script in case.scripts:
                for text in sent(case, script).texts:
                    connection.execute(text.encode())
        except psycopg.Error as error:
            sqlstate = error.sqlstate
        sqlstates.append(sqlstate)
        held.append(look(connection))
    row = connection.execute("SELECT pg_catalog.count(*) FROM pg_catalog.pg_index WHERE NOT indisvalid").fetchone()
    return Repeated(tuple(sqlstates), tuple(held), row[0] if row else 0)


def _run(case: Case, script: Script, connection: psycopg.Connection[Any], seen: Seen, before: Holdings | None) -> None:
    what = sent(case, script)
    counts = case.safe or "loses" in case.facts
    if counts and before is None:
        before = look(connection)
    block = what.together and connection.info.transaction_status is TransactionStatus.IDLE
    if block:
        connection.execute("BEGIN")
    known = [row[0] for row in connection.execute((ROOT / "known.sql").read_bytes())]
    for text in what.texts:
        bare = COMMENTS.sub(" ", text).strip()
        alone = not what.together and bool(CONTROL.match(bare) or _alone(bare))
        seen.work |= watch(text, connection, known, alone=alone, held=seen.held)
    if counts and before is not None:
        if connection.execute("SELECT current_user <> session_user").fetchone() == (True,):
            connection.execute("RESET ROLE")
        seen.lost |= lost(before, look(connection))
    if block:
        connection.execute("COMMIT")


def _alone(bare: str) -> bool:
    """Whether a statement refuses a transaction block, as far as its words tell."""
    return bool(ALONE.match(bare)) and not BODY.match(bare)


def _proof(case: Case, connection: psycopg.Connection[Any]) -> bool | None:
    if "proof" not in case.facts:
        return None
    try:
        with connection.transaction():
            row = connection.execute(case.facts["proof"]).fetchone()
    except psycopg.Error:
        return None
    return None if row is None else bool(row[0])
