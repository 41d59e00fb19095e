"""DELETE without a WHERE that leaves any rows.

## When

A `DELETE` has no `WHERE`, or one that is true of every row (`WHERE true`, `1 = 1`, `id = id`, `id IN (SELECT id FROM`
the same table`)`, `id IS NOT NULL` of a key), or one that only tests the tables after `USING`; also in a `WITH` query,
a `DO` block, a trigger or a function that the migration calls. A loop over all rows that deletes them one by one
counts, too.

## Harm

All rows are gone when the migration commits. Every row is locked until then, foreign keys with `ON DELETE CASCADE`
delete rows of other tables, and the dead rows bloat the table.

## Given

```sql
CREATE TABLE sessions (id bigint PRIMARY KEY, seen_at timestamptz);
CREATE TABLE settings (key text PRIMARY KEY);
```

## Unsafe

```sql
DELETE FROM sessions;
```

```sql
DELETE FROM sessions WHERE 1 = 1;
```

```sql
WITH gone AS (DELETE FROM sessions RETURNING id) SELECT count(*) FROM gone;
```

```sql
DELETE FROM sessions USING settings WHERE settings.key = 'site_name';
```

```sql
DELETE FROM sessions WHERE id IS NOT NULL;
```

```sql
DO $$
DECLARE old record;
BEGIN
  FOR old IN SELECT id FROM sessions LOOP
    DELETE FROM sessions WHERE id = old.id;
  END LOOP;
END
$$;
```

## Safe

```sql
DELETE FROM sessions WHERE id IN (
  SELECT id FROM sessions WHERE seen_at < now() - interval '30 days' LIMIT 5000
);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import Delete, Frame, FrameKind, Name, Read, RowReach

RULE = Rule(
    __name__,
    code="D006",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=("pgfence:delete-without-where", "pgls:banDeleteWithoutWhere"),
    claims=(LockClaim("sessions", LockMode.ROW_EXCLUSIVE, scans=True),),
)


@RULE.on(Delete)
def check(operation: Delete, context: Context) -> Iterator[Violation]:
    """All rows of a table that somebody else uses."""
    if context.is_new(operation.table):
        return
    sure = _tests_only_key(operation, context)
    if operation.where.reach is RowReach.ALL or sure is not None:
        why = operation.where.why_all
    elif _is_row_by_row(operation, context):
        why = ", one by one"
    else:
        return
    yield Violation(
        operation.span,
        f"deletes {operation.where.all_rows} of {operation.table}{why}",
        f"DELETE FROM {operation.table} WHERE id IN (SELECT id FROM {operation.table} WHERE <condition> LIMIT 5000);",
        doubtful=sure is False,
    )


def _tests_only_key(operation: Delete, context: Context) -> bool | None:
    """Whether the WHERE only tests that the key is not NULL: True, False (by its name only), or None."""
    if not operation.where.present:
        return None
    columns = [context.column(operation.table, Name(name)) for name in operation.where.present]
    if all(column is not None and column.is_not_null for column in columns):
        return True
    return False if operation.where.present == {"id"} and None in columns else None


def _is_row_by_row(operation: Delete, context: Context) -> bool:
    """Whether it stands in a loop over all rows of its own table, and nothing in the loop leaves one out."""
    at = next((place for place, frame in enumerate(operation.inside) if frame.kind is FrameKind.LOOP), None)
    if at is None or any(frame.kind is FrameKind.BRANCH for frame in operation.inside[at:]):
        return False
    return any(
        isinstance(earlier, Read) and _is_whole(earlier, operation, operation.inside[:at], context)
        for earlier in context.earlier(Read)
    )


def _is_whole(read: Read, operation: Delete, around: tuple[Frame, ...], context: Context) -> bool:
    whole = read.where.reach is RowReach.ALL and not read.limited and len(read.tables) == 1
    return whole and read.inside == around and context.same(read.tables[0], operation.table)
