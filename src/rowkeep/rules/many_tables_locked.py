"""One transaction locks several tables of the application, one after the other.

## When

A transaction takes locks that stop the writers of two tables that were there before, which is a note; of three, a
warning. Foreign keys, which lock two tables by their nature, have rules of their own.

## Harm

While the transaction waits for the last lock it holds the first ones, and everybody who needs those tables waits with
it. A transaction of the application that takes the same tables in another order makes a deadlock, and one of the two
is thrown out.

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE payments (id bigint PRIMARY KEY);
```

## Unsafe

```sql
ALTER TABLE customers ADD COLUMN IF NOT EXISTS tenant bigint;
ALTER TABLE orders ADD COLUMN IF NOT EXISTS tenant bigint;
ALTER TABLE payments ADD COLUMN IF NOT EXISTS tenant bigint;
```

## Safe

```sql
ALTER TABLE customers ADD COLUMN IF NOT EXISTS tenant bigint;
-- next migration
ALTER TABLE orders ADD COLUMN IF NOT EXISTS tenant bigint;
-- next migration
ALTER TABLE payments ADD COLUMN IF NOT EXISTS tenant bigint;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import (
    Act,
    AddColumn,
    AlterTable,
    ChangeDefault,
    ChangeOwner,
    ChangeType,
    CreateIndex,
    CreateRule,
    CreateTrigger,
    DropColumn,
    DropConstraint,
    DropNotNull,
    DropObject,
    LockTable,
    Policy,
    Rename,
    SetNotNull,
    SetSchema,
    Truncate,
)
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule
from rowkeep.knowledge.locks import locks

RULE = Rule(
    __name__,
    code="L303",
    promise=Promise.LOCK,
    severity=Severity.WARNING,
    peers=("pgfence:wide-lock-window", "pgls:avoidWideLockWindow"),
)
MANY = 3


def check(act: Act, context: Context) -> Iterator[Fault]:
    """The act that takes the second or the third table."""
    held = {context.key(each.table): each.table for each in context.locked}
    for name, mode in locks(act)[:1]:
        if not mode.blocks_writes or context.is_new(name) or context.key(name) in held:
            continue
        if held and len(held) < MANY:
            tables = ", ".join(str(each) for each in held.values())
            yield Fault(
                act.span,
                f"waits for {name} while the transaction keeps {tables} locked",
                "-- next migration, and the statement in it",
                doubtful=len(held) + 1 < MANY,
            )


for _kind in (
    AddColumn,
    AlterTable,
    ChangeDefault,
    ChangeOwner,
    ChangeType,
    CreateIndex,
    CreateRule,
    CreateTrigger,
    DropColumn,
    DropConstraint,
    DropNotNull,
    DropObject,
    LockTable,
    Policy,
    Rename,
    SetNotNull,
    SetSchema,
    Truncate,
):
    RULE.on(_kind)(check)
