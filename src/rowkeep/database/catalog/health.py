"""Finds problems that neither structure nor dump show: invalid indexes, disabled triggers, full sequences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from rowkeep.database.catalog.row_counts import last_values
from rowkeep.database.connection.session import Session, run_queries
from rowkeep.domain.schema.structure import HealthConcern
from rowkeep.knowledge.forms.keywords import quote_name

BATCH = 25
"""Sequences that are checked in one transaction, each with its table and that table's indexes."""

NEARLY_FULL = 0.8


def find_health_concerns(session: Session) -> tuple[HealthConcern, ...]:
    """All concerns, faults first. Reads catalogs, and the greatest value of indexed columns.

    Raises Failed if the server refuses, Unreachable if it is gone.
    """
    with run_queries("the state of the database cannot be looked at"):
        with _read_only(session):
            concerns = [*_indexes(session), *_triggers(session)]
            after = [*_constraints(session), *_relations(session)]
            listed = session.ask("health.sequences")
        for first in range(0, len(listed), BATCH):
            # Every sequence, column and index that is read stays locked until the transaction ends.
            with _read_only(session):
                concerns += _sequences(session, listed[first : first + BATCH])
    concerns += after
    return tuple(sorted(concerns, key=lambda concern: not concern.fault))


@contextmanager
def _read_only(session: Session) -> Iterator[None]:
    """A transaction that is rolled back, in which every name is printed qualified."""
    with session.connection.transaction(force_rollback=True):
        session.connection.execute("SET LOCAL search_path = ''")
        yield


def _indexes(session: Session) -> Iterator[HealthConcern]:
    for name, invalid, leftover in session.ask("health.indexes"):
        if leftover:
            what, fix = "is left of a REINDEX CONCURRENTLY that failed", f"DROP INDEX CONCURRENTLY {name};"
        else:
            what, fix = (
                "is invalid: it serves no query and slows every write",
                f"REINDEX INDEX CONCURRENTLY {name};",
            )
        yield HealthConcern("index", name, what, fix, fault=invalid)


def _constraints(session: Session) -> Iterator[HealthConcern]:
    for table, name in session.ask("health.constraints"):
        yield HealthConcern(
            "constraint",
            f"{table}.{name}",
            "was never validated: older rows may break it",
            f"ALTER TABLE {table} VALIDATE CONSTRAINT {name};",
            fault=False,
        )


def _triggers(session: Session) -> Iterator[HealthConcern]:
    keys: dict[tuple[str, str], str] = {}
    for table, name, key, how in session.ask("health.triggers"):
        if key is not None:
            keys[table, key] = how
        else:
            fix = f"ALTER TABLE {table} ENABLE TRIGGER {name};"
            yield HealthConcern("trigger", f"{table}.{name}", f"is {how}", fix, fault=False)
    for (table, key), how in keys.items():
        yield HealthConcern(
            "foreign key",
            f"{table}.{key}",
            f"is not enforced: its trigger on {table} is {how}",
            f"ALTER TABLE {table} ENABLE TRIGGER ALL;",
            fault=True,
        )


def _sequences(session: Session, listed: Sequence[tuple[Any, ...]]) -> Iterator[HealthConcern]:
    values = last_values(session, [row[0] for row in listed])
    for oid, schema, name, table_schema, table, column, limit, indexed, readable in listed:
        if limit is None:
            continue
        last = values.get(oid)
        sequence = f"{quote_name(schema)}.{quote_name(name)}"
        fed = f"{quote_name(table_schema)}.{quote_name(table)}.{quote_name(column)}"
        used = (last or 0) / limit
        if used >= NEARLY_FULL:
            what = f"has used {used:.0%} of what {fed} can hold"
            yield HealthConcern("sequence", sequence, what, "make the column bigint before it is full", fault=False)
        if not (indexed and readable):
            continue
        greatest = _greatest(session, table_schema, table, column)
        if greatest is not None and greatest > (last or 0):
            yield HealthConcern(
                "sequence",
                sequence,
                f"is at {last or 0:,}, and {fed} holds {greatest:,} already: the next insert may fail",
                f"SELECT setval('{sequence}', {greatest});",
                fault=True,
            )


def _greatest(session: Session, schema: str, table: str, column: str) -> int | None:
    query = sql.SQL("SELECT pg_catalog.max({}) FROM {}").format(sql.Identifier(column), sql.Identifier(schema, table))
    try:
        with session.connection.transaction():
            row = session.connection.execute(query).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return None
    return row[0] if row is not None else None


def _relations(session: Session) -> Iterator[HealthConcern]:
    for kind, name in session.ask("health.relations"):
        if kind == "table":
            what = "has row security without any policy: only its owner and superusers see rows"
            yield HealthConcern(kind, name, what, f"CREATE POLICY … ON {name} …;", fault=False)
        else:
            what = "was never filled: it cannot be read"
            yield HealthConcern(kind, name, what, f"REFRESH MATERIALIZED VIEW {name};", fault=False)
