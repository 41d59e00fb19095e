"""Watch one statement: the locks it takes on tables that were there before, and its work on them meanwhile."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from bench.corpus import ROOT
from rowkeep.domain.lint.lock import LockMode

HEARD = (
    ("rewritten", re.compile(r'^rewriting table "(.+?)"')),
    ("scanned", re.compile(r'^verifying table "(.+?)"')),
    ("built", re.compile(r'^building index ".+?" on table "(.+?)"')),
)
"""What PostgreSQL itself tells at client_min_messages = debug1 (tablecmds.c, index.c)."""


@dataclass(frozen=True, slots=True)
class Work:
    """A table was `rewritten`, `scanned` or `built` upon (an index). lock: on that table then; felt: the strongest of
    all locks that stop the application's reads or writes then."""

    table: str
    what: str
    lock: LockMode | None
    felt: LockMode | None


@dataclass(frozen=True, slots=True)
class Table:
    """One table as it stands. read: rows that this session has read in sequence and not yet reported."""

    name: str
    view: bool
    filenode: int | None
    read: int
    lock: LockMode | None

    @property
    def felt(self) -> LockMode | None:
        """The lock, if the application feels it; nobody writes to a materialized view."""
        if self.lock is None:
            return None
        return self.lock if self.lock.blocks_reads or (self.lock.blocks_writes and not self.view) else None


def watch(
    text: str,
    connection: psycopg.Connection[Any],
    known: Sequence[int],
    *,
    alone: bool,
    held: set[tuple[str, LockMode]],
) -> set[Work]:
    """Run a statement and tell its work on the tables `known`; adds to `held` what is locked after it.

    alone: it refuses a transaction block, or ends one; then its locks are gone when we look.
    """
    block = connection.info.transaction_status is TransactionStatus.IDLE and not alone
    if block:
        connection.execute("BEGIN")
    before = _tables(connection, known)
    heard: list[str] = []

    def on_line(notice: psycopg.errors.Diagnostic) -> None:
        heard.append(notice.message_primary or "")

    connection.execute("SET client_min_messages = debug1")
    connection.add_notice_handler(on_line)
    try:
        connection.execute(text.encode())
    finally:
        connection.remove_notice_handler(on_line)
    connection.execute("SET client_min_messages = warning")
    after = _tables(connection, known)
    if block:
        connection.execute("COMMIT")
    held |= {(table.name, table.lock) for table in after.values() if table.lock is not None}
    felt = max((table.felt for table in after.values() if table.felt), key=_strength, default=None)
    return {
        Work(table.name, what, table.lock, felt)
        for oid, table in after.items()
        for what in _work(table, before[oid], heard)
    }


def _work(table: Table, before: Table, heard: Sequence[str]) -> set[str]:
    told = {what for what, pattern in HEARD for line in heard if (m := pattern.match(line)) and m[1] == table.name}
    rewritten = {"rewritten"} if table.filenode != before.filenode else set()
    return told | rewritten | ({"scanned"} if table.read > before.read else set())


def _tables(connection: psycopg.Connection[Any], known: Sequence[int]) -> dict[int, Table]:
    rows = connection.execute((ROOT / "watched.sql").read_bytes(), {"known": list(known)}).fetchall()
    return {
        oid: Table(name, view, filenode, read, max((LockMode(mode) for mode in modes), key=_strength, default=None))
        for oid, name, view, filenode, read, modes in rows
    }


def _strength(mode: LockMode) -> int:
    return mode.strength
