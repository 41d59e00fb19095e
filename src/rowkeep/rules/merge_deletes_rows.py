"""MERGE deletes what its source does not name, or everything that it joins.

## When

A `MERGE` has a branch `WHEN NOT MATCHED BY SOURCE … THEN DELETE` (PostgreSQL 17), or `WHEN MATCHED THEN DELETE`. A
branch with a condition of its own (`AND …`) says which rows: it is one step softer where it is the only thing that
does, and no finding where `ON` picks them as well.

## Harm

Every row that the source happens not to have is gone when the migration commits, and only a backup brings it back. A
source that is empty by mistake empties the table.

## Given

```sql
CREATE TABLE coupons (code text PRIMARY KEY, percent int);
CREATE TABLE campaigns (code text PRIMARY KEY, percent int);
```

## Unsafe

```sql
-- since 15
MERGE INTO coupons USING campaigns ON true WHEN MATCHED THEN DELETE;
```

```sql
-- since 17
MERGE INTO coupons AS old USING campaigns AS new ON old.code = new.code
  WHEN MATCHED THEN UPDATE SET percent = new.percent
  WHEN NOT MATCHED BY SOURCE THEN DELETE;
```

## Safe

```sql
-- since 15
MERGE INTO coupons AS old USING campaigns AS new ON old.code = new.code
  WHEN MATCHED THEN UPDATE SET percent = new.percent
  WHEN NOT MATCHED THEN INSERT (code, percent) VALUES (new.code, new.percent);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Merge, Reach
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(__name__, code="D300", promise=Promise.DATA, severity=Severity.ERROR)


@RULE.on(Merge)
def check(act: Merge, context: Context) -> Iterator[Fault]:
    """Rows of a table that somebody else knows."""
    if not act.deletes or context.is_new(act.table):
        return
    repair = f"DELETE FROM {act.table} WHERE …; (say which rows)"
    if act.drops_rest:
        message = f"deletes every row of {act.table} that the source does not have"
        yield Fault(act.span, message, repair, doubtful=act.is_narrowed)
    elif act.on.reach is Reach.ALL:
        joined = act.on.expression.text if act.on.expression is not None else "true"
        message = f"deletes every row of {act.table}: ON {joined} matches them all"
        yield Fault(act.span, message, repair, doubtful=act.is_narrowed)
    elif not act.is_narrowed:
        yield Fault(act.span, f"deletes every row of {act.table} that the source has, however many", repair)
