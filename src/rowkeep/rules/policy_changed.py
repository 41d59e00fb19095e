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

from rowkeep.domain.act import DropObject, ObjectKind, Policy
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="S317",
    promise=Promise.SECURITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-drop-policy",
        "squawk:ban-alter-policy-condition",
        "squawk:ban-alter-policy-roles",
        "safe-migrate:restrictive-policy",
    ),
    claims=(Claim("carts", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(DropObject)
def dropped(act: DropObject, context: Context) -> Iterator[Fault]:
    """DROP POLICY."""
    if act.kind is not ObjectKind.POLICY or act.on is None or context.is_new(act.on):
        return
    if context.has_made(act.kind, act.on, act.name):
        return
    again = any(
        isinstance(later, Policy) and later.is_new and later.policy == act.name and context.same(later.table, act.on)
        for later in context.later(Policy)
    )
    if not again:
        message = f"{act.on} shows other rows without {act.name}: none, if it was the last one"
        yield Fault(act.span, message, f"CREATE POLICY {act.name} ON {act.on} …; (behind it, in the same migration)")


@RULE.on(Policy)
def altered(act: Policy, context: Context) -> Iterator[Fault]:
    """ALTER POLICY, where no other rule speaks of it."""
    if not act.is_new and not act.lets_all and not context.is_new(act.table):
        message = f"{act.table} shows other rows than before, by {act.policy}"
        yield Fault(act.span, message, "look at it as somebody whom it should keep out", doubtful=True)
