"""DELETE without a WHERE that leaves anything.

## When

A `DELETE` has no `WHERE`, or one that is always true (`WHERE true`, `1 = 1`, `id = id`), also in a `WITH` query, a
`DO` block or a function that the migration calls.

## Harm

All rows are gone when the migration commits. Every row is locked until then, foreign keys with `ON DELETE CASCADE`
take rows of other tables along, and the dead rows bloat the table.

## Given

```sql
CREATE TABLE sessions (id bigint PRIMARY KEY, seen_at timestamptz);
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

## Safe

```sql
DELETE FROM sessions WHERE id IN (
  SELECT id FROM sessions WHERE seen_at < now() - interval '30 days' LIMIT 5000
);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Delete, Reach
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
    """All rows of a table that somebody else knows. DELETE … USING without a WHERE is all rows, too."""
    if act.where.reach is not Reach.ALL or context.is_new(act.table):
        return
    why = "" if act.where.expression is None else f": WHERE {act.where.expression.text} is true for each of them"
    yield Fault(
        act.span,
        f"deletes all rows of {act.table}{why}",
        f"DELETE FROM {act.table} WHERE id IN (SELECT id FROM {act.table} WHERE … LIMIT 5000);",
        doubtful=context.is_doubtful(act.table),
    )
