"""A policy is dropped: rows vanish, or show to more people.

## When

`DROP POLICY` on a table that was there before this migration, unless the migration creates it again.

## Harm

A permissive policy takes the rows along that it let through: they vanish for the application. A restrictive one kept
rows away, which now show.

## Given

```sql
CREATE TABLE carts (id bigint PRIMARY KEY, owner text);
ALTER TABLE carts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_carts ON carts USING (owner = current_user);
```

## Unsafe

```sql
DROP POLICY own_carts ON carts;
```

## Safe

The next policy first; permissive ones are joined by OR.

```sql
CREATE POLICY own_carts_by_name ON carts USING (owner = session_user);
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
    code="S201",
    promise=Promise.SECURITY,
    severity=Severity.WARNING,
    peers=(
        "squawk:ban-drop-policy",
        "pg-schema-diff:AUTHZ_UPDATE",
    ),
    claims=(Claim("carts", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(DropObject)
def check(act: DropObject, context: Context) -> Iterator[Fault]:
    """A policy that somebody relies on."""
    if act.kind is not ObjectKind.POLICY or act.on is None or context.is_new(act.on):
        return
    made = context.known.made.get((act.kind.value, context.key(act.on), act.name.name))
    again = any(
        isinstance(later, Policy) and later.is_new and later.policy == act.name and context.same(later.table, act.on)
        for later in context.after
    )
    if made != context.number and not again:
        yield Fault(
            act.span,
            f"{act.on} shows other rows without the policy {act.name}",
            f"CREATE POLICY … ON {act.on} …; (before the old one goes)",
        )
