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

from rowkeep.domain.act import Act, AlterTable, CreateTrigger, DropObject, Name, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="L317",
    promise=Promise.LOCK,
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
    claims=(Claim("orders", LockMode.SHARE_ROW_EXCLUSIVE),),
)

REPAIR = "a migration of its own"


@RULE.on(CreateTrigger)
def created(act: CreateTrigger, context: Context) -> Iterator[Fault]:
    """CREATE TRIGGER on a table; a view's takes no lock that anybody feels."""
    if act.timing != "INSTEAD OF":
        yield from _found(act, act.table, "every write to", context)


@RULE.on(DropObject)
def dropped(act: DropObject, context: Context) -> Iterator[Fault]:
    """DROP TRIGGER."""
    if act.kind is ObjectKind.TRIGGER and act.on is not None and not context.has_made(act.kind, act.on, act.name):
        yield from _found(act, act.on, "every query on", context)


@RULE.on(AlterTable)
def switched(act: AlterTable, context: Context) -> Iterator[Fault]:
    """ENABLE TRIGGER and DISABLE TRIGGER."""
    if "Trig" in act.action and act.kind == "table":
        yield from _found(act, act.table, "every write to", context)


def _found(act: Act, table: Name, stops: str, context: Context) -> Iterator[Fault]:
    if not context.is_new(table):
        yield Fault(act.span, f"stops {stops} {table} until the migration commits", REPAIR)
