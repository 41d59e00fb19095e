"""Row level security is switched off.

## When

`DISABLE ROW LEVEL SECURITY` on a table that was there before this migration; `NO FORCE`, which lets the owner see
everything, is one step softer.

## Harm

The policies stay, and nobody asks them any more: every role with `SELECT` on the table sees every row, of every
customer, from the commit on.

## Given

```sql
CREATE TABLE carts (id bigint PRIMARY KEY, owner text);
ALTER TABLE carts ENABLE ROW LEVEL SECURITY;
CREATE ROLE support;
```

## Unsafe

```sql
ALTER TABLE carts DISABLE ROW LEVEL SECURITY;
```

## Safe

Say who may see more.

```sql
CREATE POLICY carts_of_support ON carts FOR SELECT TO support USING (id > 1000);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AlterTable
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="S309",
    promise=Promise.SECURITY,
    severity=Severity.ERROR,
    peers=("squawk:ban-alter-row-level-security", "splinter:rls_disabled_in_public"),
)
_DOES = {
    "DisableRowSecurity": "every reader of {} sees every row",
    "NoForceRowSecurity": "the owner of {} sees every row",
}


@RULE.on(AlterTable)
def check(act: AlterTable, context: Context) -> Iterator[Fault]:
    """DISABLE, NO FORCE."""
    does = _DOES.get(act.action)
    if does is not None and not context.is_new(act.table):
        yield Fault(
            act.span,
            f"{does.format(act.table)}, whatever its policies say",
            f"CREATE POLICY … ON {act.table} TO … USING (…); (for those who may see more)",
            doubtful=act.action == "NoForceRowSecurity",
        )
