"""DROP MATERIALIZED VIEW deletes the stored result with its indexes.

## When

A materialized view is dropped that existed before this migration, even if it is created again. Where the migration
renames a replacement to its name, it is a note.

## Harm

What took hours to compute is gone when the migration commits; indexes and rights go with it. A new view computes all
of it again, in the transaction of the migration.

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

Build the next view beside it, with its index, and let the application change over before you drop the old one.

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
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.knowledge.forms.recipes import join_names

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
    name = join_names(operation.name.name, "next")
    successor = name if operation.name.schema is None else f"{quote_name(operation.name.schema)}.{name}"
    yield Violation(
        operation.span,
        f"drops the materialized view {operation.name} with its stored rows and its indexes",
        f"CREATE MATERIALIZED VIEW {successor} AS <query> WITH NO DATA;",
        faint=taken,
    )
