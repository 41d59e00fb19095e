"""DELETE without a WHERE that leaves anything.

## When

A `DELETE` has no `WHERE`, or one that is true of every row (`WHERE true`, `1 = 1`, `id = id`, `id IN (SELECT id FROM`
the same table`)`, `id IS NOT NULL` of a key), or one that speaks only of the tables behind `USING`; also in a `WITH`
query, a `DO` block, a trigger or a function that the migration calls. So is a loop over all rows that deletes them one
by one.

## Harm

All rows are gone when the migration commits. Every row is locked until then, foreign keys with `ON DELETE CASCADE`
take rows of other tables along, and the dead rows bloat the table.

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

from rowkeep.domain.act import Delete, Frame, FrameKind, Name, Reach, Read
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="D006",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    peers=("pgfence:delete-without-where", "pgls:banDeleteWithoutWhere"),
    claims=(Claim("sessions", LockMode.ROW_EXCLUSIVE, scans=True),),
)


@RULE.on(Delete)
def check(act: Delete, context: Context) -> Iterator[Fault]:
    """All rows of a table that somebody else knows."""
    if context.is_new(act.table):
        return
    sure = _never_null(act, context)
    if act.where.reach is Reach.ALL or sure is not None:
        why = act.where.why_all
    elif _row_by_row(act, context):
        why = ", one by one"
    else:
        return
    yield Fault(
        act.span,
        f"deletes {act.where.all_rows} of {act.table}{why}",
        f"DELETE FROM {act.table} WHERE id IN (SELECT id FROM {act.table} WHERE … LIMIT 5000);",
        doubtful=sure is False,
    )


def _never_null(act: Delete, context: Context) -> bool | None:
    """Whether all the WHERE asks of a row is that its key is there: True, False (by its name only), or None."""
    if not act.where.present:
        return None
    columns = [context.column(act.table, Name(name)) for name in act.where.present]
    if all(column is not None and column.is_not_null for column in columns):
        return True
    return False if act.where.present == {"id"} and None in columns else None


def _row_by_row(act: Delete, context: Context) -> bool:
    """Whether it stands in a loop over all rows of its own table, and nothing in the loop leaves one out."""
    at = next((place for place, frame in enumerate(act.inside) if frame.kind is FrameKind.LOOP), None)
    if at is None or any(frame.kind is FrameKind.BRANCH for frame in act.inside[at:]):
        return False
    return any(
        isinstance(earlier, Read) and _is_whole(earlier, act, act.inside[:at], context)
        for earlier in context.earlier(Read)
    )


def _is_whole(read: Read, act: Delete, around: tuple[Frame, ...], context: Context) -> bool:
    whole = read.where.reach is Reach.ALL and not read.limited and len(read.tables) == 1
    return whole and read.inside == around and context.same(read.tables[0], act.table)
