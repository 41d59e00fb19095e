"""Loads sampled rows into a copy whose tables have no triggers and foreign keys yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from psycopg import sql

from rowkeep.database.catalog.dump_snapshot import translate_errors
from rowkeep.database.connection.session import Session
from rowkeep.domain.deploy.backup import SequenceValue, TableCount
from rowkeep.domain.frozen import dataclass

WRITE = sql.SQL("COPY {table} ({columns}) FROM STDIN")


@dataclass(frozen=True, slots=True)
class SampledTable:
    """The sampled rows of a table: `rows` of them, from `start` to `end` in the file, in COPY's text format."""

    schema: str
    name: str
    columns: tuple[str, ...]
    rows: int
    start: int
    end: int


def load_sample(
    session: Session, tables: Iterable[SampledTable], sequences: Iterable[SequenceValue], file: IO[bytes]
) -> None:
    """Load sampled rows into the tables of a copy that have no triggers and foreign keys yet, and set sequences."""
    with translate_errors(), session.connection.transaction():
        session.connection.execute("SET LOCAL DateStyle = 'ISO, YMD'")
        session.connection.execute("SET LOCAL client_encoding = 'UTF8'")
        for table in tables:
            if not table.rows:
                continue
            query = WRITE.format(
                table=sql.Identifier(table.schema, table.name),
                columns=sql.SQL(", ").join(map(sql.Identifier, table.columns)),
            )
            file.seek(table.start)
            left = table.end - table.start
            with session.connection.cursor().copy(query) as copied:
                while left > 0 and (block := file.read(min(left, 1 << 20))):
                    copied.write(block)
                    left -= len(block)
        for value in sequences:
            if value.last is not None:
                values = {"schema": value.schema, "sequence": value.sequence, "last": value.last}
                session.ask("sample_rows.set_sequence", values)


def count_sample(tables: Iterable[SampledTable]) -> tuple[TableCount, ...]:
    """The counts that a copy with these rows must have."""
    return tuple(TableCount(table.schema, table.name, table.rows) for table in tables)
