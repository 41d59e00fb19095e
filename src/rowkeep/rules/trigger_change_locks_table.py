"""A change of a trigger stops the writers of its table.

## When

`CREATE TRIGGER`, `DROP TRIGGER` and `ALTER TABLE … ENABLE` or `DISABLE TRIGGER` on a table that existed before this
migration. By itself it is short, so it is a note; anything slow after it has its own rule (`slow-while-locked`).

## Harm

`CREATE`, `ENABLE` and `DISABLE` lock the table with `SHARE ROW EXCLUSIVE`, so every write waits; `DROP` locks it with
`ACCESS EXCLUSIVE`, so every read waits, too. Both last until the migration commits. From then on every write of the
running application runs the trigger, or misses it.

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

Replacing only the function takes no lock on the table.

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
from rowkeep.domain.lint.hint import Sentence
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

HINT = Sentence("put it into its own migration")


@RULE.on(CreateTrigger)
def check_create(operation: CreateTrigger, context: Context) -> Iterator[Violation]:
    """CREATE TRIGGER on a table; a trigger on a view takes no lock that stops others."""
    if operation.timing != "INSTEAD OF":
        yield from _check_table(operation, operation.table, "every write to", context)


@RULE.on(DropObject)
def check_drop(operation: DropObject, context: Context) -> Iterator[Violation]:
    """DROP TRIGGER."""
    if (
        operation.kind is ObjectKind.TRIGGER
        and operation.on is not None
        and not context.has_made(operation.kind, operation.on, operation.name)
    ):
        yield from _check_table(operation, operation.on, "every query on", context)


@RULE.on(AlterTable)
def check_switch(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """ENABLE TRIGGER and DISABLE TRIGGER."""
    if "Trig" in operation.action and operation.kind == "table":
        yield from _check_table(operation, operation.table, "every write to", context)


def _check_table(operation: Operation, table: Name, stops: str, context: Context) -> Iterator[Violation]:
    if not context.is_new(table):
        yield Violation(operation.span, f"stops {stops} {table} until the migration commits", HINT)
