"""A whole table is copied in one statement.

## When

`CREATE TABLE … AS`, `SELECT INTO`, or `INSERT … SELECT` reads a table that existed before this migration, without a
`LIMIT` or a condition that picks rows by value. Temporary tables are not findings: they reach no replica and no
backup.

## Harm

While the copy runs, its transaction keeps vacuum from removing dead rows in every table. It writes as much WAL as the
table is large, and replicas fall behind. The copy misses what is written to the table meanwhile. `CREATE TABLE … AS`
also copies no key, default, constraint or right.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, placed_at date);
CREATE TABLE archive (id bigint PRIMARY KEY, placed_at date);
```

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS orders_copy AS SELECT * FROM orders;
```

```sql
INSERT INTO archive SELECT * FROM orders ON CONFLICT DO NOTHING;
```

## Safe

```sql
INSERT INTO archive
SELECT * FROM orders WHERE placed_at BETWEEN '2026-01-01' AND '2026-01-31' ON CONFLICT DO NOTHING;
```
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CreateTable, FrameKind, Insert, Name, ObjectKind, Persistence, Read, RowReach
from rowkeep.knowledge.catalogs import is_catalog

RULE = Rule(
    __name__,
    code="L301",
    category=Category.LOCK,
    severity=Severity.NOTE,
    peers=("safe-migrate:create-table-as-select",),
)

HINT = (
    "-- repeat until nothing is left:\n"
    "INSERT INTO <table> SELECT <columns> FROM <source> WHERE <key> > <from> ORDER BY <key> LIMIT 5000;"
)


@RULE.on(Insert)
def check_insert(operation: Insert, context: Context) -> Iterator[Violation]:
    """INSERT … SELECT from tables of others."""
    if operation.where.reach is RowReach.NONE or operation.where.picks or operation.skips_present:
        return
    # A name of the WITH queries around it is no table.
    inner = {frame.text for earlier in context.operations for frame in earlier.inside if frame.kind is FrameKind.QUERY}
    read = [name for name in _keep_tables_of_others(operation.reads, context) if name.schema or name.name not in inner]
    if read:
        yield Violation(
            operation.span, f"copies everything it reads from {read[0]} into {operation.table} in one statement", HINT
        )


@RULE.on(Read)
def check_create(operation: Read, context: Context) -> Iterator[Violation]:
    """The query of a CREATE TABLE AS or SELECT INTO, which comes right after it."""
    made = context.previous
    if not isinstance(made, CreateTable) or not made.from_query or made.span != operation.span:
        return
    if made.persistence is Persistence.TEMPORARY:
        return
    read = _keep_tables_of_others(operation.tables, context)
    if read and not operation.where.picks and not operation.limited and operation.where.reach is not RowReach.NONE:
        yield Violation(
            operation.span, f"copies everything it reads from {read[0]} into {made.table} in one statement", HINT
        )


def _keep_tables_of_others(names: Iterable[Name], context: Context) -> list[Name]:
    """Keep the tables that somebody else may have filled; what a view of this migration reads is not known."""
    return [
        name
        for name in names
        if not context.is_new(name) and not is_catalog(name) and not context.has_made(ObjectKind.VIEW, name)
    ]
