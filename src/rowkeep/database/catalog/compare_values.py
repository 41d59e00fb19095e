"""Finds the values that a run overwrote: compares a migrated copy with a clone of it from before, column by column.

For copies on throw-away servers: it reads the changed tables completely, both sides at the same time, and keeps
temporary tables in the session.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import IO

import psycopg
from psycopg import sql

from rowkeep.database.catalog.dump_snapshot import prepare_session
from rowkeep.database.connection.session import Session
from rowkeep.domain.deploy.loss import Overwritten, ValueExample
from rowkeep.domain.frozen import dataclass
from rowkeep.plan.changed_tables import ChangedTable

# Not `::text`: the owner of a table may have made such a cast. A NULL has no hash.
KEY = sql.SQL("pg_catalog.textin(pg_catalog.record_out(ROW({})))")
HASH = sql.SQL(
    "CASE WHEN pg_catalog.num_nonnulls({value}) OPERATOR(pg_catalog.=) 1"
    " THEN pg_catalog.hashtextextended(pg_catalog.textin(pg_catalog.record_out(ROW({value}))), 0) END"
)
ROWS = sql.SQL("SELECT {key} AS key, ARRAY[{hashes}] AS hashes FROM ONLY {table} AS rowkeep_row")
BEFORE, AFTER = sql.SQL("pg_temp.rowkeep_before"), sql.SQL("pg_temp.rowkeep_after")
CREATE = sql.SQL("CREATE TEMPORARY TABLE {} (key pg_catalog.text, hashes pg_catalog.int8[])")
READ = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)")
WRITE = sql.SQL("COPY {} FROM STDIN (FORMAT binary)")
FILL = sql.SQL("INSERT INTO {} {}")
MATCHED = sql.SQL("{before} AS old JOIN {after} AS new ON new.key OPERATOR(pg_catalog.=) old.key").format(
    before=BEFORE, after=AFTER
)
OVERWRITTEN = sql.SQL(
    "pg_catalog.count(*) FILTER (WHERE new.hashes[{place}] OPERATOR(pg_catalog.<>) old.hashes[{place}])"
)
SUMS = sql.SQL(
    "pg_catalog.count(hashes[{place}]), pg_catalog.sum(hashes[{place}]::pg_catalog.numeric)::pg_catalog.text"
)
DISTINCT = sql.SQL(
    "SELECT pg_catalog.count(DISTINCT old.hashes[{place}]), pg_catalog.count(DISTINCT new.hashes[{place}]) FROM {}"
)
DISTINCT_APART = sql.SQL(
    "SELECT (SELECT pg_catalog.count(DISTINCT hashes[{place}]) FROM {before}),"
    " (SELECT pg_catalog.count(DISTINCT hashes[{place}]) FROM {after})"
)
GONE = sql.SQL(
    "SELECT coalesce(pg_catalog.sum(greatest(old.n OPERATOR(pg_catalog.-) coalesce(new.n, 0), 0)), 0)::pg_catalog.int8"
    " FROM (SELECT hashes[{place}] AS hash, pg_catalog.count(*) AS n FROM {before}"
    " WHERE hashes[{place}] IS NOT NULL GROUP BY 1) AS old"
    " LEFT JOIN (SELECT hashes[{place}] AS hash, pg_catalog.count(*) AS n FROM {after} GROUP BY 1) AS new"
    " ON new.hash OPERATOR(pg_catalog.=) old.hash"
)
KEYS = sql.SQL(
    "SELECT old.key FROM {matched} WHERE new.hashes[{place}] OPERATOR(pg_catalog.<>) old.hashes[{place}]"
    ' ORDER BY old.key COLLATE pg_catalog."C" LIMIT {limit}'
)
VALUES = sql.SQL(
    "SELECT {key}, pg_catalog.left(pg_catalog.textin(pg_catalog.record_out(ROW({column}))), {length})"
    " FROM ONLY {table} AS rowkeep_row WHERE {key} OPERATOR(pg_catalog.=) ANY ({keys}::pg_catalog.text[])"
)

LONGEST = 100
"""Characters of a value that an example shows."""

IN_MEMORY = 32 << 20
"""Bytes of keys and hashes that are kept in memory; if there are more, they are in a temporary file."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column, by its names before and after."""

    old: str
    new: str
    type: str


def compare_values(
    before: Session, after: Session, tables: Iterable[ChangedTable], *, examples: int = 0
) -> tuple[Overwritten, ...]:
    """How many values of each column of these tables were overwritten. What cannot be read is left out.

    before: a session to the clone, in which every table is as it was before the run; after: to the migrated copy.
    examples: so many overwritten values of each column are read.
    """
    for session in (before, after):
        # Every value is printed in one form, and names in our SQL are PostgreSQL's own.
        prepare_session(session, lock_timeout=30)
    after.add_own_settings({"default_transaction_read_only": "off"})
    overwritten: list[Overwritten] = []
    for table in tables:
        try:
            overwritten += _compare_table(before, after, table, examples)
        except (psycopg.Error, OSError):
            continue  # no space, or a type that cannot be printed: not compared, so nothing is claimed
    return tuple(sorted(overwritten, key=lambda item: (item.table, item.column)))


def _compare_table(before: Session, after: Session, table: ChangedTable, examples: int) -> list[Overwritten]:
    member = {"oid": table.before[0]}
    old = {row[0]: row for row in before.ask("contents.columns", member)}
    new = {row[0]: row for row in after.ask("contents.columns", member)}
    # A column that is gone, or of another type, is another finding. What is computed changes with its source.
    columns = [
        _Column(row[1], new[number][1], row[2])
        for number, row in old.items()
        if number in new and new[number][2] == row[2] and not row[3] and not new[number][3]
    ]
    if not columns:
        return []
    keys = before.ask("contents.key", member)
    numbers: list[int] = keys[0][0] if keys else []
    key = [_Column(old[number][1], new[number][1], "") for number in numbers if number in new]
    if len(key) < len(numbers):
        key = []
    with after.connection.transaction(force_rollback=True):
        after.connection.execute(CREATE.format(BEFORE))
        after.connection.execute(CREATE.format(AFTER))
        old_key, new_key = [column.old for column in key], [column.new for column in key]
        old_rows = _rows(before, table.before, old_key, [column.old for column in columns])
        new_rows = _rows(after, table.after, new_key, [column.new for column in columns])
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as kept, ThreadPoolExecutor(1) as other:
            # Both sessions work at the same time: that is most of the time.
            reading = other.submit(_keep, before, old_rows, kept)
            after.connection.execute(FILL.format(AFTER, new_rows))
            reading.result()
            kept.seek(0)
            with after.connection.cursor().copy(WRITE.format(BEFORE)) as target:
                while block := kept.read(1 << 16):
                    target.write(block)
        for name in (BEFORE, AFTER):
            after.connection.execute(sql.SQL("ANALYZE {}").format(name))
        by_trigger = _keeps_update_trigger(before, after, table.before)
        above = {
            row[0] for side in (before, after) for row in side.ask("contents.ancestors", {"oids": [*table.before]})
        }
        table = replace(table, names=table.names | above)
        counted = _count(after, table, columns, has_key=bool(key), by_trigger=by_trigger)
        if not examples:
            return counted
        sides = _Side(before, table.before, old_key), _Side(after, table.after, new_key)
        return [
            replace(one, examples=_read_examples(*sides, column, place, examples)) if one.exact and one.count else one
            for place, (one, column) in enumerate(zip(counted, columns, strict=True), 1)
        ]


@dataclass(frozen=True, slots=True)
class _Side:
    """A table in one of the databases. key: the names of the columns of its key."""

    session: Session
    oids: Sequence[int]
    key: Sequence[str]


def _keep(session: Session, rows: sql.Composed, file: IO[bytes]) -> None:
    """Write the rows of a query into a file."""
    with session.connection.cursor().copy(READ.format(rows)) as source:
        for block in source:
            file.write(block)


def _read_examples(before: _Side, after: _Side, column: _Column, place: int, count: int) -> tuple[ValueExample, ...]:
    """The first overwritten values of a column, by the text of their key."""
    query = KEYS.format(matched=MATCHED, place=sql.Literal(place), limit=sql.Literal(count))
    keys = [row[0] for row in after.session.connection.execute(query)]
    old, new = _read_values(before, column.old, keys), _read_values(after, column.new, keys)
    return tuple(ValueExample(read_record(key), old[key], new[key]) for key in keys if key in old and key in new)


def _read_values(side: _Side, column: str, keys: list[str]) -> dict[str, str]:
    names = {row[0]: (row[1], row[2]) for row in side.session.ask("contents.table_names", {"oids": [*side.oids]})}
    key = KEY.format(sql.SQL(", ").join(sql.Identifier("rowkeep_row", name) for name in side.key))
    values: dict[str, str] = {}
    for oid in side.oids:
        query = VALUES.format(
            key=key,
            column=sql.Identifier("rowkeep_row", column),
            length=sql.Literal(LONGEST + 20),
            table=sql.Identifier(*names[oid]),
            keys=sql.Literal(keys),
        )
        values |= {row[0]: read_record(row[1]) for row in side.session.connection.execute(query)}
    return values


def read_record(text: str) -> str:
    """The value in a record of one column, as `record_out` writes it: in parentheses, and in quotes where needed."""
    inner = text.removeprefix("(").removesuffix(")")
    if inner.startswith('"'):
        inner = inner[1:].removesuffix('"').replace('""', '"').replace("\\\\", "\\")
    return inner if len(inner) <= LONGEST else f"{inner[:LONGEST]}…"


def _rows(session: Session, oids: Sequence[int], key: Collection[str], columns: Collection[str]) -> sql.Composed:
    """A query of the key and the hashes of every row."""
    names = {row[0]: (row[1], row[2]) for row in session.ask("contents.table_names", {"oids": list(oids)})}
    key_text = KEY.format(sql.SQL(", ").join(sql.Identifier("rowkeep_row", name) for name in key))
    hashes = sql.SQL(", ").join(HASH.format(value=sql.Identifier("rowkeep_row", name)) for name in columns)
    return sql.SQL(" UNION ALL ").join(
        ROWS.format(key=key_text if key else sql.NULL, hashes=hashes, table=sql.Identifier(*names[oid]))
        for oid in oids
    )


def _count(
    session: Session, table: ChangedTable, columns: list[_Column], *, has_key: bool, by_trigger: bool
) -> list[Overwritten]:
    places = [sql.Literal(place) for place in range(1, len(columns) + 1)]
    old, new = (_ask(session, _sums(places, source)) for source in (BEFORE, AFTER))
    matched: tuple[int, ...] = ()
    if has_key:
        counts = sql.SQL(", ").join(OVERWRITTEN.format(place=place) for place in places)
        matched = _ask(session, sql.SQL("SELECT pg_catalog.count(*), {} FROM {}").format(counts, MATCHED))
    # Where the key itself was changed, it does not say which row is which.
    exact = has_key and old[0] - matched[0] <= table.deleted
    results = []
    for index, (column, place) in enumerate(zip(columns, places, strict=True)):
        values, values_after = old[1 + 2 * index], new[1 + 2 * index]
        if exact:
            count = matched[1 + index]
        elif old[1 + 2 * index : 3 + 2 * index] == new[1 + 2 * index : 3 + 2 * index]:
            count = 0
        else:
            # Rows that are gone and values that are NULL now are other findings.
            gone = _ask(session, GONE.format(place=place, before=BEFORE, after=AFTER))[0]
            count = max(gone - max(table.deleted, values - values_after, 0), 0)
        distinct: tuple[int | None, ...] = (None, None)
        if count:
            query = DISTINCT.format(MATCHED, place=place)
            apart = DISTINCT_APART.format(place=place, before=BEFORE, after=AFTER)
            distinct = _ask(session, query if exact else apart)
        results.append(
            Overwritten(
                table.name,
                column.old,
                count,
                values,
                distinct[0],
                distinct[1],
                exact,
                table.names,
                column.new,
                column.type,
                by_trigger,
            )
        )
    return results


def _sums(places: Sequence[sql.Literal], source: sql.SQL) -> sql.Composed:
    sums = sql.SQL(", ").join(SUMS.format(place=place) for place in places)
    return sql.SQL("SELECT pg_catalog.count(*), {} FROM {}").format(sums, source)


def _ask(session: Session, query: sql.Composed) -> tuple[int, ...]:
    row = session.connection.execute(query).fetchone()
    assert row is not None  # an aggregate without GROUP BY returns one row
    return tuple(row)


def _keeps_update_trigger(before: Session, after: Session, oids: Sequence[int]) -> bool:
    """Whether a trigger that may change updated rows is the same before and after."""
    old, new = (set(session.ask("contents.update_triggers", {"oids": list(oids)})) for session in (before, after))
    return bool(old & new)
