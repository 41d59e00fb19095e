"""DROP VIEW removes a view that the running application may read.

## When

A view is dropped that existed before this migration. If the migration then creates it again, it is a note: the rights
that were granted on it are gone.

## Harm

Every query of the old version that names the view fails. Roles that had rights on it have none on the new one.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, state text);
CREATE VIEW open_orders AS SELECT id FROM orders WHERE state = 'open';
```

## Unsafe

```sql
DROP VIEW open_orders;
```

## Safe

`CREATE OR REPLACE VIEW` keeps the rights and can add columns at the end.

```sql
CREATE OR REPLACE VIEW open_orders AS SELECT id, state FROM orders WHERE state = 'open';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import CreateView, DropObject, ObjectKind

RULE = Rule(
    __name__,
    code="C206",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-drop-view",
        "pg-schema-diff:HAS_UNTRACKABLE_DEPENDENCIES",
    ),
    claims=(LockClaim("open_orders", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(DropObject)
def check(operation: DropObject, context: Context) -> Iterator[Violation]:
    """A view that somebody may read."""
    if (
        operation.kind is not ObjectKind.VIEW
        or context.has_made(operation.kind, operation.name)
        or "retired" in operation.name.name
    ):
        return
    again = any(
        isinstance(later, CreateView) and context.same(later.view, operation.name)
        for later in context.later(CreateView)
    )
    yield Violation(
        operation.span,
        f"creates the view {operation.name} again, without the rights that were granted on it"
        if again
        else f"the running application no longer finds the view {operation.name}",
        f"CREATE OR REPLACE VIEW {operation.name} AS <query>;",
        faint=again,
    )
