"""A constraint is validated while the same transaction stops the table.

## When

`VALIDATE CONSTRAINT` in one transaction with something that locks the table against writes: the `ADD … NOT VALID` of
the same constraint, another `ALTER TABLE`, an index build, a trigger. Outside a transaction it is no finding.

## Harm

`VALIDATE` reads the whole table. By itself it lets everybody go on writing; but a transaction keeps its locks to its
end, so the stronger lock that came before now lasts as long as the reading.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
```

## Unsafe

```sql
ALTER TABLE orders ADD CONSTRAINT orders_note_short CHECK (length(note) < 500) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_note_short;
```

## Safe

One migration is one transaction: validate in the next.

```sql
ALTER TABLE orders ADD CONSTRAINT orders_note_short CHECK (length(note) < 500) NOT VALID;
-- next migration
ALTER TABLE orders VALIDATE CONSTRAINT orders_note_short;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import (
    Act,
    AddColumn,
    AddConstraint,
    ChangeDefault,
    ChangeOwner,
    ChangeType,
    ConstraintKind,
    CreateIndex,
    CreateRule,
    CreateTrigger,
    DropColumn,
    DropConstraint,
    DropNotNull,
    DropObject,
    LockTable,
    Name,
    Policy,
    Rename,
    SetNotNull,
    SetSchema,
    Transaction,
    ValidateConstraint,
)
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="L206",
    promise=Promise.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:constraint-missing-not-valid",
        "pgfence:not-valid-validate-same-tx",
        "pgls:requireSeparateConstraintValidation",
        "eugene:E4",
        "strong_migrations:validate_foreign_key",
        "strong_migrations:validate_check_constraint",
        "online_migrations:validate_constraint",
        "online_migrations:validate_foreign_key",
    ),
    claims=(Claim("orders", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)

_ALTERS = (
    AddColumn,
    ChangeDefault,
    ChangeType,
    CreateRule,
    CreateTrigger,
    DropColumn,
    DropConstraint,
    DropNotNull,
    Policy,
    SetNotNull,
)


@RULE.on(ValidateConstraint)
def check(act: ValidateConstraint, context: Context) -> Iterator[Fault]:
    """A validation behind something that the transaction still holds."""
    if context.alone or context.is_new(act.table):
        return
    for earlier in reversed(context.before):
        if isinstance(earlier, Transaction) and earlier.action in ("BEGIN", "COMMIT", "ROLLBACK"):
            return
        if earlier.is_stored or not _stops_writes(earlier, act.table, context):
            continue
        same = isinstance(earlier, AddConstraint) and earlier.constraint.name == act.constraint
        what = "the lock of its own ADD" if same else "a lock from earlier in this migration"
        yield Fault(
            act.span,
            f"reads all of {act.table} while {what} still stops every write to it",
            f"-- next migration\nALTER TABLE {act.table} VALIDATE CONSTRAINT {act.constraint};",
            doubtful=context.is_doubtful(act.table),
        )
        return


def _stops_writes(act: Act, table: Name, context: Context) -> bool:
    """Whether the act leaves a lock of SHARE or more on `table`."""
    match act:
        case AddConstraint(table=other, constraint=constraint):
            key = constraint.refers_to if constraint.kind is ConstraintKind.FOREIGN_KEY else None
            return context.same(other, table) or (key is not None and context.same(key, table))
        case CreateIndex(table=other, concurrently=False):
            return context.same(other, table)
        case LockTable(table=other, mode=mode):
            return LockMode(mode).blocks_writes and context.same(other, table)
        case DropObject(on=Name() as other):
            return context.same(other, table)
        case Rename(name=other) | SetSchema(name=other) | ChangeOwner(name=Name() as other):
            return context.same(other, table)
    return isinstance(act, _ALTERS) and context.same(act.table, table)
