"""MERGE deletes the rows that its source lacks, or all that match.

## When

A `MERGE` has a branch `WHEN NOT MATCHED BY SOURCE … THEN DELETE` (PostgreSQL 17), or `WHEN MATCHED THEN DELETE`. A
branch with its own condition (`AND …`) limits the rows: it is one step softer where that condition is the only limit,
and not a finding where `ON` limits them as well.

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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import Merge, RowReach

RULE = Rule(__name__, code="D300", category=Category.DATA, severity=Severity.ERROR)


@RULE.on(Merge)
def check(operation: Merge, context: Context) -> Iterator[Violation]:
    """Rows of a table that somebody else uses."""
    if not operation.deletes or context.is_new(operation.table):
        return
    hint = f"-- say which rows:\nDELETE FROM {operation.table} WHERE <condition>;"
    if operation.drops_rest:
        message = f"deletes every row of {operation.table} that the source does not have"
        yield Violation(operation.span, message, hint, doubtful=operation.is_narrowed)
    elif operation.on.reach is RowReach.ALL:
        joined = operation.on.expression.text if operation.on.expression is not None else "true"
        message = f"deletes every row of {operation.table}: ON {joined} matches them all"
        yield Violation(operation.span, message, hint, doubtful=operation.is_narrowed)
    elif not operation.is_narrowed:
        yield Violation(
            operation.span, f"deletes every row of {operation.table} that matches the source, however many", hint
        )
