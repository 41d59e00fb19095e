"""Row level security hides all rows from an application that no policy speaks of.

## When

Row level security is enabled or forced on a table that was there before this migration, and no policy for the table is
known; with one it is a note.

## Harm

Without a policy, everybody but the owner sees no row and writes none, from the commit on. No query fails: the rows
are just not there.

## Given

```sql
CREATE TABLE carts (id bigint PRIMARY KEY, owner text);
```

## Unsafe

```sql
ALTER TABLE carts ENABLE ROW LEVEL SECURITY;
```

## Safe

Policies first: they wait until row level security is enabled.

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
    code="C216",
    promise=Promise.COMPATIBILITY,
    severity=Severity.WARNING,
    peers=("squawk:ban-alter-row-level-security",),
    claims=(Claim("carts", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(AlterTable)
def check(act: AlterTable, context: Context) -> Iterator[Fault]:
    """ENABLE and FORCE ROW LEVEL SECURITY."""
    if act.action not in ("EnableRowSecurity", "ForceRowSecurity") or context.is_new(act.table):
        return
    table = context.key(act.table)
    known = any(kind == "policy" and key == table for kind, key, _ in context.known.made)
    known = known or any(isinstance(each, Policy) and context.same(each.table, act.table) for each in context.after)
    yield Fault(
        act.span,
        f"rows of {act.table} that no policy lets through vanish from the running application"
        if known
        else f"every row of {act.table} vanishes from the running application, as no policy lets one through",
        f"CREATE POLICY … ON {act.table} …; (before)",
        doubtful=context.is_doubtful(act.table),
        faint=known,
    )
