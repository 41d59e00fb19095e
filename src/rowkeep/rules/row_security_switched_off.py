"""Row level security is switched off.

## When

`DISABLE ROW LEVEL SECURITY` on a table that existed before this migration; `NO FORCE`, which lets the owner see
everything, is one step softer.

## Harm

The policies stay, but PostgreSQL no longer applies them: from the commit on every role with `SELECT` on the table sees
every row of every customer.

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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AlterTable

RULE = Rule(
    __name__,
    code="S309",
    category=Category.SECURITY,
    severity=Severity.ERROR,
    peers=("squawk:ban-alter-row-level-security", "splinter:rls_disabled_in_public"),
)
_DOES = {
    "DisableRowSecurity": "every reader of {} sees every row",
    "NoForceRowSecurity": "the owner of {} sees every row",
}


@RULE.on(AlterTable)
def check(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """DISABLE, NO FORCE."""
    does = _DOES.get(operation.action)
    if does is not None and not context.is_new(operation.table):
        yield Violation(
            operation.span,
            f"{does.format(operation.table)}, whatever its policies say",
            f"-- for the roles that may see more:\n"
            f"CREATE POLICY <policy> ON {operation.table} TO <role> USING (<condition>);",
            doubtful=operation.action == "NoForceRowSecurity",
        )
