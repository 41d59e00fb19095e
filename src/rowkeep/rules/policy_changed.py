"""A policy is dropped or altered: other rows are seen than before.

## When

`DROP POLICY` on a table that was there before this migration, unless a policy of the same name follows;
`ALTER POLICY`, which is one step softer.

## Harm

Without its last policy a table with row level security shows no row at all, except to its owner. Without one of
several restrictive ones it shows more than before. Neither is an error that anybody sees.

## Given

```sql
CREATE TABLE carts (id bigint PRIMARY KEY, owner text);
ALTER TABLE carts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_carts ON carts USING (owner = current_user);
```

## Unsafe

```sql
DROP POLICY IF EXISTS own_carts ON carts;
```

```sql
ALTER POLICY own_carts ON carts USING (owner = session_user);
```

## Safe

```sql
DROP POLICY IF EXISTS own_carts ON carts;
CREATE POLICY own_carts ON carts USING (owner = session_user);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import DropObject, ObjectKind, Policy

RULE = Rule(
    __name__,
    code="S317",
    category=Category.SECURITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-drop-policy",
        "squawk:ban-alter-policy-condition",
        "squawk:ban-alter-policy-roles",
        "safe-migrate:restrictive-policy",
    ),
    claims=(LockClaim("carts", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(DropObject)
def dropped(operation: DropObject, context: Context) -> Iterator[Violation]:
    """DROP POLICY."""
    if operation.kind is not ObjectKind.POLICY or operation.on is None or context.is_new(operation.on):
        return
    if context.has_made(operation.kind, operation.on, operation.name):
        return
    again = any(
        isinstance(later, Policy)
        and later.is_new
        and later.policy == operation.name
        and context.same(later.table, operation.on)
        for later in context.later(Policy)
    )
    if not again:
        message = f"{operation.on} shows other rows without {operation.name}: none, if it was the last one"
        yield Violation(
            operation.span,
            message,
            f"CREATE POLICY {operation.name} ON {operation.on} …; (behind it, in the same migration)",
        )


@RULE.on(Policy)
def altered(operation: Policy, context: Context) -> Iterator[Violation]:
    """ALTER POLICY, where no other rule speaks of it."""
    if not operation.is_new and not operation.lets_all and not context.is_new(operation.table):
        message = f"{operation.table} shows other rows than before, by {operation.policy}"
        yield Violation(operation.span, message, "look at it as somebody whom it should keep out", doubtful=True)
