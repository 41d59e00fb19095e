"""A trigger is made, switched or dropped, and stops the writers of its table for that.

## When

`CREATE TRIGGER`, `DROP TRIGGER` and `ALTER TABLE … ENABLE` or `DISABLE TRIGGER` on a table that was there before this
migration. By itself it is short, so it is a note; what is slow behind it has a rule of its own (`slow-while-locked`).

## Harm

`CREATE`, `ENABLE` and `DISABLE` lock the table with `SHARE ROW EXCLUSIVE`, so that every write waits, and `DROP` with
`ACCESS EXCLUSIVE`, so that every read waits, too; until the migration commits. From then on the trigger runs (or is
missing) in every write of the application that is running.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, changed_at timestamptz);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed_at := now();
  RETURN NEW;
END
$$;
```

## Unsafe

```sql
CREATE OR REPLACE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
```

## Safe

A new version of the function takes no lock on the table.

```sql
CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed_at := clock_timestamp();
  RETURN NEW;
END
$$;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AlterTable, CreateTrigger, DropObject, Name, ObjectKind, Operation

RULE = Rule(
    __name__,
    code="L317",
    category=Category.LOCK,
    severity=Severity.NOTE,
    peers=(
        "pgfence:create-trigger",
        "pgfence:drop-trigger",
        "pgfence:enable-disable-trigger",
        "pgls:avoidCreateTrigger",
        "pgls:avoidEnableDisableTrigger",
        "pgls:banDropTrigger",
        "squawk:ban-drop-trigger",
        "squawk:ban-disable-trigger",
    ),
    claims=(LockClaim("orders", LockMode.SHARE_ROW_EXCLUSIVE),),
)

HINT = "a migration of its own"


@RULE.on(CreateTrigger)
def created(operation: CreateTrigger, context: Context) -> Iterator[Violation]:
    """CREATE TRIGGER on a table; a view's takes no lock that anybody feels."""
    if operation.timing != "INSTEAD OF":
        yield from _found(operation, operation.table, "every write to", context)


@RULE.on(DropObject)
def dropped(operation: DropObject, context: Context) -> Iterator[Violation]:
    """DROP TRIGGER."""
    if (
        operation.kind is ObjectKind.TRIGGER
        and operation.on is not None
        and not context.has_made(operation.kind, operation.on, operation.name)
    ):
        yield from _found(operation, operation.on, "every query on", context)


@RULE.on(AlterTable)
def switched(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """ENABLE TRIGGER and DISABLE TRIGGER."""
    if "Trig" in operation.action and operation.kind == "table":
        yield from _found(operation, operation.table, "every write to", context)


def _found(operation: Operation, table: Name, stops: str, context: Context) -> Iterator[Violation]:
    if not context.is_new(table):
        yield Violation(operation.span, f"stops {stops} {table} until the migration commits", HINT)
