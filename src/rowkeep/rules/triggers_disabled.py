"""Triggers are disabled, and with ALL also the checks of foreign keys.

## When

`ALTER TABLE … DISABLE TRIGGER` on a table that existed before this migration. Where one trigger, or all of the `USER`,
are enabled again later in the same migration, it is one step softer.

## Harm

What the triggers do no longer happens: audit rows, totals, copies. `ALL` includes the triggers that check foreign
keys: rows can then refer to rows that do not exist, and PostgreSQL never checks them again.

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);
```

## Unsafe

```sql
ALTER TABLE customers DISABLE TRIGGER ALL;
```

## Safe

Let them run. If a trigger should skip this change, tell it by a setting.

```sql
SET LOCAL shop.skip_audit = 'on';
DELETE FROM customers WHERE id = 7;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AlterTable

RULE = Rule(
    __name__,
    code="D302",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=("pgfence:enable-disable-trigger", "squawk:ban-disable-trigger", "safe-migrate:disable-trigger"),
    claims=(LockClaim("customers", LockMode.SHARE_ROW_EXCLUSIVE),),
)


@RULE.on(AlterTable)
def check(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """DISABLE TRIGGER name, ALL or USER."""
    if not operation.action.startswith("DisableTrig") or context.is_new(operation.table):
        return
    back = any(
        isinstance(later, AlterTable)
        and later.action.startswith("Enable")
        and context.same(later.table, operation.table)
        for later in context.later(AlterTable)
    )
    if operation.action == "DisableTrigAll":
        message = f"no foreign key of {operation.table} is checked, and none of its triggers runs"
    else:
        message = (
            f"the trigger {operation.subject} of {operation.table} no longer runs"
            if operation.subject
            else f"no trigger of {operation.table} runs"
        )
    yield Violation(
        operation.span,
        message + (" until they are enabled again" if back and not operation.subject else ""),
        Sentence("leave them enabled"),
        doubtful=(back and operation.action != "DisableTrigAll") or context.is_doubtful(operation.table),
    )
