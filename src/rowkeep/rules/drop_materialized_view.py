"""DROP MATERIALIZED VIEW takes the stored result with its indexes.

## When

A materialized view is dropped that was there before this migration, also one that is created again. Where the
migration gives its name to one that it has built beside it, it is a note.

## Harm

What took hours to compute is gone when the migration commits; indexes and rights go with it. A new one computes all of
it again, in the transaction of the migration.

## Given

```sql
CREATE TABLE sales (day date, amount numeric);
CREATE MATERIALIZED VIEW totals AS SELECT day, sum(amount) AS total FROM sales GROUP BY day;
```

## Unsafe

```sql
DROP MATERIALIZED VIEW totals;
```

## Safe

Build the next one beside it, with its index, and let the application change over before the old one goes.

```sql
CREATE MATERIALIZED VIEW IF NOT EXISTS totals_next AS
  SELECT day, sum(amount) AS total, count(*) AS sales FROM sales GROUP BY day WITH NO DATA;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import DropObject, ObjectKind, Rename

RULE = Rule(
    __name__,
    code="D200",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=("squawk:ban-drop-view",),
    claims=(LockClaim("totals", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(DropObject)
def check(operation: DropObject, context: Context) -> Iterator[Violation]:
    """A materialized view that somebody may read."""
    if operation.kind is not ObjectKind.MATERIALIZED_VIEW or context.has_made(operation.kind, operation.name):
        return
    taken = any(
        isinstance(later, Rename) and later.part is None and later.new_name.name == operation.name.name
        for later in context.later(Rename)
    )
    yield Violation(
        operation.span,
        f"drops the materialized view {operation.name} with its stored rows and its indexes",
        f"CREATE MATERIALIZED VIEW {operation.name}_next AS …; (beside it)",
        faint=taken,
    )
