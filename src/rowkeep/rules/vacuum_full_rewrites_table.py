"""VACUUM FULL rewrites the table while nobody can use it.

## When

`VACUUM FULL`, also as an option (`VACUUM (FULL, ANALYZE)`), of a table or of all of them.

## Harm

The table and all its indexes are rewritten under an `ACCESS EXCLUSIVE` lock: every query on it waits until that is
done, SELECT too. Meanwhile it needs twice its space.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
INSERT INTO orders VALUES (1);
```

## Unsafe

```sql
VACUUM FULL orders;
```

```sql
VACUUM (ANALYZE, FULL on);
```

## Safe

A plain `VACUUM` lets the application continue, and frees the space for new rows. To return space to the operating
system without blocking, there are `pg_repack` and `pg_squeeze`.

```sql
VACUUM (ANALYZE) orders;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import Vacuum

RULE = Rule(
    __name__,
    code="L311",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=("pgfence:vacuum-full", "pgls:banVacuumFull", "safe-migrate:vacuum-full", "squawk:prefer-repack"),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE, rewrites=True),),
)


@RULE.on(Vacuum)
def check(operation: Vacuum, context: Context) -> Iterator[Violation]:
    """VACUUM FULL of a table that somebody else uses."""
    if not operation.full or (operation.table is not None and context.is_new(operation.table)):
        return
    what = str(operation.table) if operation.table is not None else "every table of the database"
    yield Violation(
        operation.span,
        f"rewrites {what}, while every query on it waits",
        f"VACUUM (ANALYZE) {operation.table or ''}".rstrip() + ";",
    )
