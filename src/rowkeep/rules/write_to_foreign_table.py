"""Rows of another server are written through a foreign table.

## When

An `INSERT`, `UPDATE`, `DELETE`, `MERGE`, `TRUNCATE` or `COPY … FROM` names a foreign table, or a view of one; also in
a function, `DO` block or trigger that the migration runs. A table with a foreign table as a partition or child, and a
table in a schema that `IMPORT FOREIGN SCHEMA` has filled, are a warning.

## Harm

The rows are in another database: no backup of this one has them. If the other server commits and this one does not,
nothing rolls the change back. A rehearsal cannot show it, because a copy must not reach the other server.

## Given

```sql
CREATE FOREIGN DATA WRAPPER elsewhere;
CREATE SERVER warehouse FOREIGN DATA WRAPPER elsewhere;
CREATE FOREIGN TABLE shipments (id bigint, state text) SERVER warehouse;
```

## Unsafe

```sql
UPDATE shipments SET state = 'lost' WHERE id = 7;
```

```sql
CREATE VIEW lost_shipments AS SELECT id, state FROM shipments WHERE state = 'lost';
DELETE FROM lost_shipments WHERE id = 7;
```

```sql
DO $$ BEGIN TRUNCATE shipments; END $$;
```

## Safe

Reading is not a finding. If another database needs a change, write a migration of that database.

```sql
CREATE TABLE IF NOT EXISTS shipments_here AS SELECT id, state FROM shipments;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import Copy, Delete, Insert, Merge, Name, Operation, Truncate, Update
from rowkeep.domain.schema.schema_state import Key

RULE = Rule(__name__, code="D612", category=Category.DATA, severity=Severity.ERROR)
_WORDS = {Insert: "inserts into", Update: "updates", Delete: "deletes from", Merge: "merges into", Truncate: "empties"}


def check(operation: Operation, context: Context) -> Iterator[Violation]:
    """A statement that writes rows."""
    table = _find_written_table(operation)
    if table is None:
        return
    found = _find_foreign_table(context.key(table), context)
    if found is None:
        return
    foreign, certain = found
    verb = _WORDS.get(type(operation), "copies rows into")
    by = f" through {table}" if foreign != context.key(table) else ""
    what = "the foreign table" if certain else "what may be a foreign table,"
    yield Violation(
        operation.span,
        f"{verb} {what} {foreign[1]}{by}: its rows are on another server, and no backup of this database has them",
        Sentence("write a migration of that database"),
        doubtful=not certain,
    )


def _find_written_table(operation: Operation) -> Name | None:
    match operation:
        case Insert() | Update() | Delete() | Merge() | Truncate() | Copy(is_from=True):
            return operation.table
    return None


def _find_foreign_table(key: Key, context: Context) -> tuple[Key, bool] | None:
    """Find the foreign table that a write to a relation reaches, and whether that is certain."""
    known = context.known
    waiting: list[tuple[Key, bool]] = [(key, True)]
    seen: set[Key] = set()
    while waiting:
        relation, certain = waiting.pop(0)
        if relation in seen:
            continue
        seen.add(relation)
        table, view = known.tables.get(relation), known.views.get(relation)
        if table is not None and table.is_foreign:
            return relation, certain
        if view is not None and not view.is_materialized and len(view.reads) == 1:
            waiting.append((view.reads[0], certain))
        elif table is None and view is None and relation[0] in known.foreign_schemas:
            return relation, False
        children = (
            child for child in known.tables.values() if child.partition_of == relation or relation in child.parents
        )
        waiting.extend((child.key, False) for child in children)
    return None


for _kind in (Insert, Update, Delete, Merge, Truncate, Copy):
    RULE.on(_kind)(check)
