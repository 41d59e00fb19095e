"""Picks rows of every table, and all rows that they reference, in one snapshot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import IO

from psycopg import sql

from rowkeep.database.catalog.dump_snapshot import DumpTable, translate_errors
from rowkeep.database.connection.session import Session
from rowkeep.database.sample.load_rows import SampledTable
from rowkeep.domain.frozen import dataclass

BATCH = 2000
"""Rows in one statement."""

SPREAD = 20
"""A table with this many times the wanted rows is sampled all over; a smaller one is read from its beginning."""

PICK = sql.SQL("SELECT ctid::text FROM ONLY {table}{sampled}{limit}")
PARENTS = sql.SQL(
    "SELECT DISTINCT parent.tableoid::bigint, parent.ctid::text"
    " FROM ONLY {table} AS child JOIN {only}{parent} AS parent ON {condition}"
    " WHERE child.ctid = ANY ({rows}::text[]::tid[])"
)
EQUAL = sql.SQL("parent.{theirs} OPERATOR({schema}.{operator}) child.{mine}")
READ = sql.SQL("COPY (SELECT {columns} FROM ONLY {table} WHERE ctid = ANY ({rows}::text[]::tid[])) TO STDOUT")


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key of a table. parent: the referenced table; pairs: its column, our column, operator with schema."""

    parent: tuple[str, str]
    partitioned: bool
    pairs: tuple[tuple[str, str, str, str], ...]


def write_sample(
    session: Session, tables: Sequence[DumpTable], rows: int, whole: Collection[tuple[str, str]], file: IO[bytes]
) -> tuple[SampledTable, ...]:
    """Write about `rows` rows of each table to `file`, and every row that these reference. Reads only.

    session: in the snapshot. whole: tables (schema, name; a name of '' for the whole schema) of which every row is
    taken. Raises SnapshotError with the server's error.
    """
    with translate_errors():
        picked = _pick_rows(session, tables, rows, whole)
        _add_referenced_rows(session, tables, picked)
        return tuple(_write_rows(session, tables, picked, file))


def _pick_rows(
    session: Session, tables: Sequence[DumpTable], rows: int, whole: Collection[tuple[str, str]]
) -> dict[int, dict[str, None]]:
    """The places of the chosen rows, by table."""
    estimates: dict[int, int] = dict(
        session.ask("sample_rows.estimated_rows", {"tables": [table.oid for table in tables]})
    )
    picked: dict[int, dict[str, None]] = {}
    for table in tables:
        every = (table.schema, table.name) in whole or (table.schema, "") in whole
        picked[table.oid] = {}
        if not every and rows == 0:
            continue
        name = sql.Identifier(table.schema, table.name)
        limit = sql.SQL("") if every else sql.SQL(" LIMIT {}").format(sql.Literal(rows))
        known = estimates.get(table.oid, -1)
        if not every and known > SPREAD * rows:
            share = sql.SQL(" TABLESAMPLE pg_catalog.system ({})").format(sql.Literal(min(100.0, 300 * rows / known)))
            query = PICK.format(table=name, sampled=share, limit=limit)
            picked[table.oid] = dict.fromkeys(row[0] for row in session.connection.execute(query))
        if not picked[table.oid]:
            query = PICK.format(table=name, sampled=sql.SQL(""), limit=limit)
            picked[table.oid] = dict.fromkeys(row[0] for row in session.connection.execute(query))
    return picked


def _add_referenced_rows(session: Session, tables: Sequence[DumpTable], picked: dict[int, dict[str, None]]) -> None:
    """Add the rows that picked rows reference, and those that these reference, until nothing is missing."""
    by_oid = {table.oid: table for table in tables}
    keys: dict[int, list[ForeignKey]] = defaultdict(list)
    found = session.ask("sample_rows.foreign_keys", {"tables": list(by_oid)})
    for oid, schema, name, partitioned, theirs, mine, schemas, operators in found:
        pairs = tuple(zip(theirs, mine, schemas, operators, strict=True))
        keys[oid].append(ForeignKey((schema, name), partitioned, pairs))
    pending: dict[int, list[str]] = {oid: list(rows) for oid, rows in picked.items() if rows and keys[oid]}
    while pending:
        oid, places = pending.popitem()
        for key in keys[oid]:
            for batch in _batches(places):
                for parent, place in session.connection.execute(_parents(by_oid[oid], key, batch)):
                    if parent in picked and place not in picked[parent]:
                        picked[parent][place] = None
                        if keys[parent]:
                            pending.setdefault(parent, []).append(place)


def _parents(table: DumpTable, key: ForeignKey, places: list[str]) -> sql.Composed:
    conditions = [
        EQUAL.format(
            theirs=sql.Identifier(theirs),
            mine=sql.Identifier(mine),
            schema=sql.Identifier(schema),
            operator=sql.SQL(operator),  # a name of punctuation only
        )
        for theirs, mine, schema, operator in key.pairs
    ]
    return PARENTS.format(
        table=sql.Identifier(table.schema, table.name),
        only=sql.SQL("" if key.partitioned else "ONLY "),
        parent=sql.Identifier(*key.parent),
        condition=sql.SQL(" AND ").join(conditions),
        # Not a parameter: with parameters, a % in a name would count as the start of one.
        rows=sql.Literal(places),
    )


def _write_rows(
    session: Session, tables: Sequence[DumpTable], picked: dict[int, dict[str, None]], file: IO[bytes]
) -> Iterator[SampledTable]:
    columns: dict[int, list[str]] = dict(
        session.ask("sample_rows.columns", {"tables": [table.oid for table in tables]})
    )
    for table in tables:
        names, start, rows = tuple(columns.get(table.oid, ())), file.tell(), 0
        for batch in _batches(picked[table.oid]) if names else ():
            query = READ.format(
                columns=sql.SQL(", ").join(map(sql.Identifier, names)),
                table=sql.Identifier(table.schema, table.name),
                rows=sql.Literal(batch),
            )
            cursor = session.connection.cursor()
            with cursor.copy(query) as copied:
                for block in copied:
                    file.write(block)
            rows += cursor.rowcount
        yield SampledTable(table.schema, table.name, names, rows, start, file.tell())


def _batches(places: Iterable[str]) -> Iterator[list[str]]:
    listed = list(places)
    for number in range(0, len(listed), BATCH):
        yield listed[number : number + BATCH]
