"""Row level security is switched off: everybody sees every row.

## When

`DISABLE ROW LEVEL SECURITY` on a table that was there before this migration; `NO FORCE`, which frees its owner only,
is one step softer.

## Harm

Whoever may read the table reads the rows of all others from the commit on. Policies stay and do nothing.

## Given

```sql
CREATE TABLE carts (id bigint PRIMARY KEY, owner text);
ALTER TABLE carts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_carts ON carts USING (owner = current_user);
```

## Unsafe

```sql
ALTER TABLE carts DISABLE ROW LEVEL SECURITY;
```

## Safe

A policy for those who must see more.

```sql
CREATE ROLE auditor;
CREATE POLICY all_carts ON carts FOR SELECT TO auditor USING (id > 0);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AlterTable
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="S200",
    promise=Promise.SECURITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-alter-row-level-security",
        "pg-schema-diff:AUTHZ_UPDATE",
    ),
    claims=(Claim("carts", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(AlterTable)
def check(act: AlterTable, context: Context) -> Iterator[Fault]:
    """DISABLE and NO FORCE ROW LEVEL SECURITY."""
    if act.action not in ("DisableRowSecurity", "NoForceRowSecurity") or context.is_new(act.table):
        return
    whole = act.action == "DisableRowSecurity"
    yield Fault(
        act.span,
        f"whoever may read {act.table} reads every row of it"
        if whole
        else f"the owner of {act.table} reads every row of it, whatever its policies say",
        f"CREATE POLICY … ON {act.table} FOR SELECT TO … USING (…);",
        doubtful=not whole or context.is_doubtful(act.table),
    )
