"""A policy is dropped or altered: other rows are visible than before.

## When

`DROP POLICY` on a table that existed before this migration, unless a policy of the same name follows; `ALTER POLICY`,
which is one step softer.

## Harm

Without its last policy a table with row level security shows no rows at all, except to its owner. Without one of
several restrictive policies it shows more than before. Neither causes an error.

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
from rowkeep.domain.lint.hint import Sentence
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
def check_drop(operation: DropObject, context: Context) -> Iterator[Violation]:
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
        message = f"{operation.on} shows other rows without {operation.name}: none, if it was the last policy"
        hint = (
            f"DROP POLICY IF EXISTS {operation.name} ON {operation.on};\n"
            f"CREATE POLICY {operation.name} ON {operation.on} USING (<condition>);"
        )
        yield Violation(operation.span, message, hint)


@RULE.on(Policy)
def check_alter(operation: Policy, context: Context) -> Iterator[Violation]:
    """ALTER POLICY, where no other rule covers it."""
    if not operation.is_new and not operation.lets_all and not context.is_new(operation.table):
        message = f"{operation.policy} shows other rows of {operation.table} than before"
        hint = Sentence("query the table as a role that the policy should keep out")
        yield Violation(operation.span, message, hint, doubtful=True)
