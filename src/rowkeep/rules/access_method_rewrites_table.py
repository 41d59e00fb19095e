"""SET ACCESS METHOD rewrites the table while nobody can use it.

## When

`ALTER TABLE … SET ACCESS METHOD` (PostgreSQL 15) on a table that existed before this migration. `heap` and `DEFAULT`
are a note: nearly every table has that method already, and then nothing is written.

## Harm

The table and all its indexes are rewritten under an `ACCESS EXCLUSIVE` lock: every query on it waits until that is
done, SELECT too.

## Given

```sql
CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE orders (id bigint PRIMARY KEY);
```

## Unsafe

```sql
-- since 15
ALTER TABLE orders SET ACCESS METHOD other;
```

## Safe

Create a new table with the access method you want, and fill it in batches while the old one is in use.

```sql
CREATE TABLE IF NOT EXISTS orders_other (id bigint PRIMARY KEY) USING other;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AlterTable

RULE = Rule(
    __name__,
    code="L315",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=("safe-migrate:table-rewrite-access-method",),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE, rewrites=True, scans=True, majors=(15, 16, 17, 18)),),
)


@RULE.on(AlterTable)
def check(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """A table that somebody else uses."""
    known = context.table(operation.table)
    if (
        operation.action != "SetAccessMethod"
        or context.is_new(operation.table)
        or (known is not None and known.is_partitioned)
    ):
        return
    method = str(operation.subject or "heap")
    yield Violation(
        operation.span,
        f"rewrites {operation.table} and its indexes for the access method {method}, while every query on it waits",
        Sentence(f"create a new table with USING {method}, fill it in batches, and let the application change over"),
        faint=operation.subject is None or method == "heap",
        doubtful=context.is_doubtful(operation.table),
    )
