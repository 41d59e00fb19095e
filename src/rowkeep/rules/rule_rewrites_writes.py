"""A rule replaces or extends the writes of the application.

## When

`CREATE RULE` on `INSERT`, `UPDATE` or `DELETE` of a table that existed before this migration. `DO INSTEAD` replaces
the write; `DO ALSO` adds to it, which is one step softer where it only inserts. A rule on a view is one step softer.

## Harm

From the commit on, every such statement of the running application does what the rule says, without an error: with `DO
INSTEAD NOTHING` its rows are silently lost. The statements of a rule are copied into the query, so volatile functions
in it run more than once.

## Given

```sql
CREATE TABLE bookings (id bigint PRIMARY KEY, seat text);
CREATE TABLE sessions (id bigint PRIMARY KEY);
```

## Unsafe

```sql
CREATE OR REPLACE RULE bookings_closed AS ON INSERT TO bookings DO INSTEAD NOTHING;
```

```sql
CREATE OR REPLACE RULE bookings_changed AS ON UPDATE TO bookings DO ALSO DELETE FROM sessions WHERE id = old.id;
```

## Safe

Revoke the right: then the application gets an error.

```sql
CREATE ROLE shop_app;
REVOKE INSERT ON bookings FROM shop_app;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import CreateRule, Delete, FrameKind, ObjectKind, Update

RULE = Rule(
    __name__,
    code="D306",
    category=Category.DATA,
    severity=Severity.ERROR,
    claims=(LockClaim("bookings", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(CreateRule)
def check(operation: CreateRule, context: Context) -> Iterator[Violation]:
    """A rule on writes to a table or view that others use."""
    if (
        operation.event == "SELECT"
        or context.is_new(operation.table)
        or context.has_made(ObjectKind.VIEW, operation.table)
    ):
        return
    depth = len(operation.inside)
    done = [
        later
        for later in context.after
        if len(later.inside) > depth
        and later.inside[depth].kind is FrameKind.RULE
        and later.inside[depth].span == operation.span
    ]
    acting = bool(done)
    if not (acting or operation.instead):
        return
    does = "something else instead" if acting and operation.instead else "more than it says" if acting else "nothing"
    yield Violation(
        operation.span,
        f"every {operation.event} on {operation.table} does {does} from now on, without an error",
        f"-- or create a trigger that raises an error:\nREVOKE {operation.event} ON {operation.table} FROM <role>;",
        doubtful=(not operation.instead and not any(isinstance(statement, Delete | Update) for statement in done))
        or context.key(operation.table) in context.known.views
        or context.is_doubtful(operation.table),
    )
