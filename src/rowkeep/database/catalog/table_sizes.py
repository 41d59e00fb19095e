"""The sizes of tables in production, to scale what a rehearsal measured."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import psycopg

from rowkeep.database.connection.session import Session, run_queries
from rowkeep.domain.deploy.backup import TableCount
from rowkeep.domain.deploy.prediction import ProductionSize

LOCK_TIMEOUT_MS = 500


def read_table_sizes(
    session: Session, tables: Collection[str], counts: Iterable[TableCount]
) -> Mapping[str, ProductionSize]:
    """The sizes of these tables (`schema.name`) with their partitions, measured as those of a copy are.

    counts: rows, as a backup counted them. A table that is not there is missing. Empty if the server does not say: a
    size only scales an estimate.
    """
    if not tables:
        return {}
    # A name may hold a dot, and the query compares whole names: these only let it use an index.
    names = {table[at + 1 :] for table in tables for at, letter in enumerate(table) if letter == "."}
    with run_queries("the sizes of tables cannot be read"):
        try:
            with session.connection.transaction():
                session.ask("table_sizes.settings", {"lock_ms": f"{LOCK_TIMEOUT_MS}ms"})
                rows = session.ask("table_sizes.with_partitions", {"tables": list(tables), "names": list(names)})
        except (psycopg.errors.LockNotAvailable, psycopg.errors.InsufficientPrivilege, psycopg.errors.QueryCanceled):
            return {}
    known = {(count.schema, count.table): count.rows for count in counts}
    return {root: ProductionSize(size, _sum_rows(parts or (), known)) for root, size, parts in rows}


def _sum_rows(parts: Iterable[tuple[str, str]], known: Mapping[tuple[str, str], int]) -> int | None:
    """The rows of all parts; None if one of them was not counted."""
    rows = [known.get((schema, name)) for schema, name in parts]
    return None if None in rows else sum(row for row in rows if row is not None)
