"""Rows that the running application sees are hidden from it.

## When

`ENABLE` or `FORCE ROW LEVEL SECURITY`, or a restrictive policy (`AS RESTRICTIVE`), on a table that was there before
this migration.

## Harm

From the commit on, whoever is not the owner sees only what a policy allows: nothing, as long as there is none. The
application gets no error, only fewer rows, and its INSERTs fail.

## Given

```sql
CREATE TABLE carts (id bigint PRIMARY KEY, owner text);
```

## Unsafe

```sql
ALTER TABLE carts ENABLE ROW LEVEL SECURITY;
```

```sql
CREATE POLICY only_open ON carts AS RESTRICTIVE USING (id > 0);
```

## Safe

The policies first; row level security when every version of the application that runs expects it.

```sql
CREATE POLICY own_carts ON carts USING (owner = current_user);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AlterTable, Policy
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="C300",
    promise=Promise.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-alter-row-level-security",
        "squawk:ban-create-policy",
        "safe-migrate:restrictive-policy",
        "splinter:rls_enabled_no_policy",
    ),
    claims=(Claim("carts", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(AlterTable)
def enabled(act: AlterTable, context: Context) -> Iterator[Fault]:
    """ENABLE and FORCE ROW LEVEL SECURITY."""
    if act.action not in ("EnableRowSecurity", "ForceRowSecurity") or context.is_new(act.table):
        return
    who = "the owner too" if act.action == "ForceRowSecurity" else "everybody but the owner"
    message = f"{who} sees of {act.table} only what a policy allows from now on"
    yield Fault(
        act.span, message, f"CREATE POLICY … ON {act.table} …; (before)", doubtful=context.is_doubtful(act.table)
    )


@RULE.on(Policy)
def restricted(act: Policy, context: Context) -> Iterator[Fault]:
    """AS RESTRICTIVE."""
    if act.is_new and not act.permissive and not context.is_new(act.table):
        message = f"hides every row of {act.table} of which {act.policy} is not true"
        yield Fault(
            act.span, message, "the application first, then the policy", doubtful=context.is_doubtful(act.table)
        )
