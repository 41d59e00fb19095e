"""Finds the values that a migration overwrites: saves each row's key and a hash of each value, and compares later.

For copies on throw-away servers: it reads whole tables, and keeps temporary tables in an open session.
"""

from __future__ import annotations

from collections.abc import Iterable

import psycopg
from psycopg import sql

from rowkeep.database.catalog.dump_snapshot import prepare_session
from rowkeep.database.connection.session import Session
from rowkeep.domain.deploy.loss import Overwritten
from rowkeep.domain.frozen import dataclass

# Not `::text`: the owner of a table may have made such a cast. A NULL has no hash.
KEY = sql.SQL("pg_catalog.textin(pg_catalog.record_out(ROW({})))")
HASH = sql.SQL(
    "CASE WHEN pg_catalog.num_nonnulls({value}) OPERATOR(pg_catalog.=) 1"
    " THEN pg_catalog.hashtextextended(pg_catalog.textin(pg_catalog.record_out(ROW({value}))), 0) END"
)
ROWS = sql.SQL("SELECT {key} AS key, ARRAY[{hashes}] AS hashes FROM ONLY {table} AS rowkeep_row")
KEEP = sql.SQL("CREATE TEMPORARY TABLE {saved} AS {rows}")
COMPARE = sql.SQL(
    "SELECT {changed} FROM pg_temp.{saved} AS kept JOIN ({rows}) AS now ON now.key OPERATOR(pg_catalog.=) kept.key"
)
CHANGED = sql.SQL(
    "pg_catalog.count(*) FILTER (WHERE now.hashes[{place}] OPERATOR(pg_catalog.<>) kept.hashes[{before}])"
)

Column = tuple[int, str, str]
"""Number, name and type."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A table whose values were saved. key: numbers of the primary key's columns."""

    oid: int
    name: str
    columns: tuple[Column, ...]
    key: tuple[int, ...]

    @property
    def temporary_table(self) -> sql.Identifier:
        """The temporary table with the saved values."""
        return sql.Identifier(f"rowkeep_values_{self.oid}")


class Values:
    """Saves tables in `session`, which stays open while the migrations run, and compares them afterwards."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._kept: dict[int, Kept] = {}
        # Every value is printed in one form, and names in our SQL are PostgreSQL's own.
        prepare_session(session, lock_timeout=30)
        session.add_own_settings({"default_transaction_read_only": "off"})

    def keep(self, tables: Iterable[tuple[str | None, str]]) -> None:
        """Save these tables (schema, or None for any; name) and their partitions, if they have a primary key."""
        for schema, table in dict.fromkeys(tables):
            for oid, name, key, columns in self._session.ask(
                "contents.tables_by_name", {"schema": schema, "table": table}
            ):
                if oid in self._kept or not key or not columns:
                    continue
                kept = Kept(
                    oid, name, tuple((int(number), label, type_) for number, label, type_ in columns), tuple(key)
                )
                try:
                    query = KEEP.format(saved=kept.temporary_table, rows=self._rows(kept, kept.columns))
                    self._session.connection.execute(query)
                except psycopg.Error:
                    continue  # no space, or a function that does not find a name: not compared, so nothing is claimed
                self._kept[oid] = kept

    def compare(self) -> tuple[Overwritten, ...]:
        """How many values of each column have changed, in rows with the same key."""
        overwritten: list[Overwritten] = []
        for kept in self._kept.values():
            try:
                overwritten += self._compare(kept)
            except psycopg.Error:
                continue
        return tuple(sorted(overwritten, key=lambda item: (item.table, item.column)))

    def _compare(self, kept: Kept) -> list[Overwritten]:
        now = {row[0]: (row[0], row[1], row[2]) for row in self._session.ask("contents.columns", {"oid": kept.oid})}
        if not all(number in now for number in kept.key):
            return []  # the table or its key is gone: rows cannot be matched
        # A column that is gone, or of another type, is another finding.
        columns = [column for column in kept.columns if column[0] in now and now[column[0]][2] == column[2]]
        if not columns:
            return []
        changed = [
            CHANGED.format(place=sql.Literal(place), before=sql.Literal(kept.columns.index(column) + 1))
            for place, column in enumerate(columns, 1)
        ]
        query = COMPARE.format(
            changed=sql.SQL(", ").join(changed),
            saved=kept.temporary_table,
            rows=self._rows(kept, tuple(now[column[0]] for column in columns)),
        )
        counts = self._session.connection.execute(query).fetchone() or ()
        return [Overwritten(kept.name, column[1], count) for column, count in zip(columns, counts, strict=True)]

    def _rows(self, kept: Kept, columns: tuple[Column, ...]) -> sql.Composed:
        """A query of the current rows, with the current names of table and columns."""
        names = {row[0]: row[1] for row in self._session.ask("contents.columns", {"oid": kept.oid})}
        schema, table = self._session.ask("contents.table_name", {"oid": kept.oid})[0]
        key = [sql.Identifier("rowkeep_row", names[number]) for number in kept.key]
        return ROWS.format(
            key=KEY.format(sql.SQL(", ").join(key)),
            hashes=sql.SQL(", ").join(
                HASH.format(value=sql.Identifier("rowkeep_row", column[1])) for column in columns
            ),
            table=sql.Identifier(schema, table),
        )
