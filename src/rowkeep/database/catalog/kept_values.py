"""Which values a migration overwrites: each row's key and a hash of each value are kept aside, and compared later.

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
KEEP = sql.SQL("CREATE TEMPORARY TABLE {aside} AS {rows}")
COMPARE = sql.SQL(
    "SELECT {changed} FROM pg_temp.{aside} AS kept JOIN ({rows}) AS now ON now.key OPERATOR(pg_catalog.=) kept.key"
)
CHANGED = sql.SQL(
    "pg_catalog.count(*) FILTER (WHERE now.hashes[{place}] OPERATOR(pg_catalog.<>) kept.hashes[{before}])"
)

Column = tuple[int, str, str]
"""Number, name and type."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A table whose values are kept aside. oid: the table's; key: numbers of the primary key's columns."""

    oid: int
    name: str
    columns: tuple[Column, ...]
    key: tuple[int, ...]

    @property
    def aside(self) -> sql.Identifier:
        """The temporary table."""
        return sql.Identifier(f"rowkeep_values_{self.oid}")


class Values:
    """Keeps tables aside in `session`, which stays open while the migrations run, and compares them afterwards."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._kept: dict[int, Kept] = {}
        # Every value comes out in one form, and our SQL means PostgreSQL's own names.
        prepare_session(session, lock_timeout=30)
        session.adopt({"default_transaction_read_only": "off"})

    def keep(self, tables: Iterable[tuple[str | None, str]]) -> None:
        """Keep these (schema, or None for any; name) and their partitions. What has no primary key is left out."""
        for schema, table in dict.fromkeys(tables):
            for oid, name, key, columns in self._session.ask(
                "contents.tables_by_name", {"schema": schema, "table": table}
            ):
                if oid in self._kept or not key or not columns:
                    continue
                kept = Kept(oid, name, tuple((int(one), label, type_) for one, label, type_ in columns), tuple(key))
                try:
                    query = KEEP.format(aside=kept.aside, rows=self._rows(kept, kept.columns))
                    self._session.connection.execute(query)
                except psycopg.Error:
                    continue  # no room, or a function that finds no name: not compared, and so nothing is claimed
                self._kept[oid] = kept

    def compare(self) -> tuple[Overwritten, ...]:
        """How many values of each column are another value now, in a row of the same key; 0 for an unchanged one."""
        found: list[Overwritten] = []
        for kept in self._kept.values():
            try:
                found += self._compared(kept)
            except psycopg.Error:
                continue
        return tuple(sorted(found, key=lambda one: (one.table, one.column)))

    def _compared(self, kept: Kept) -> list[Overwritten]:
        now = {row[0]: (row[0], row[1], row[2]) for row in self._session.ask("contents.columns", {"oid": kept.oid})}
        if not all(number in now for number in kept.key):
            return []  # the table or its key is gone: nothing tells which row is which
        # A column that is gone, or of another type, is another finding.
        columns = [one for one in kept.columns if one[0] in now and now[one[0]][2] == one[2]]
        if not columns:
            return []
        changed = [
            CHANGED.format(place=sql.Literal(place), before=sql.Literal(kept.columns.index(one) + 1))
            for place, one in enumerate(columns, 1)
        ]
        query = COMPARE.format(
            changed=sql.SQL(", ").join(changed),
            aside=kept.aside,
            rows=self._rows(kept, tuple(now[one[0]] for one in columns)),
        )
        counts = self._session.connection.execute(query).fetchone() or ()
        return [Overwritten(kept.name, one[1], count) for one, count in zip(columns, counts, strict=True)]

    def _rows(self, kept: Kept, columns: tuple[Column, ...]) -> sql.Composed:
        """The rows as they are now, under the names that table and columns have now."""
        names = {row[0]: row[1] for row in self._session.ask("contents.columns", {"oid": kept.oid})}
        schema, table = self._session.ask("contents.table_name", {"oid": kept.oid})[0]
        key = [sql.Identifier("rowkeep_row", names[number]) for number in kept.key]
        return ROWS.format(
            key=KEY.format(sql.SQL(", ").join(key)),
            hashes=sql.SQL(", ").join(HASH.format(value=sql.Identifier("rowkeep_row", one[1])) for one in columns),
            table=sql.Identifier(schema, table),
        )
