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

from rowkeep.domain.act import DropObject, ObjectKind, Rename
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="D200",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    peers=("squawk:ban-drop-view",),
    claims=(Claim("totals", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(DropObject)
def check(act: DropObject, context: Context) -> Iterator[Fault]:
    """A materialized view that somebody may read."""
    if act.kind is not ObjectKind.MATERIALIZED_VIEW or context.has_made(act.kind, act.name):
        return
    taken = any(
        isinstance(later, Rename) and later.part is None and later.new_name.name == act.name.name
        for later in context.later(Rename)
    )
    yield Fault(
        act.span,
        f"drops the materialized view {act.name} with its stored rows and its indexes",
        f"CREATE MATERIALIZED VIEW {act.name}_next AS …; (beside it)",
        faint=taken,
    )
