"""A constraint is validated while the same transaction blocks the table.

## When

`VALIDATE CONSTRAINT` in one transaction with something that locks the table against writes: the `ADD … NOT VALID` of
the same constraint, another `ALTER TABLE`, an index build, a trigger. Outside a transaction it is not a finding.

## Harm

`VALIDATE` reads the whole table. By itself it lets everybody write; but a transaction keeps its locks until its end,
so the stronger lock that came before lasts as long as the scan.

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

One migration is one transaction: validate in the next one.

```sql
ALTER TABLE orders ADD CONSTRAINT orders_note_short CHECK (length(note) < 500) NOT VALID;
-- in the next migration:
ALTER TABLE orders VALIDATE CONSTRAINT orders_note_short;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import ValidateConstraint

RULE = Rule(
    __name__,
    code="L206",
    category=Category.LOCK,
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
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(ValidateConstraint)
def check(operation: ValidateConstraint, context: Context) -> Iterator[Violation]:
    """A validation after a lock that the transaction still holds."""
    held = next((lock for lock in context.locked if context.same(lock.table, operation.table)), None)
    if held is None or context.is_new(operation.table):
        return
    table = context.table(operation.table)
    known = table.constraint(operation.constraint) if table is not None else None
    same = known is not None and known.transaction == context.transaction
    what = "the lock of its own ADD" if same else "a lock from earlier in this migration"
    yield Violation(
        operation.span,
        f"reads all of {operation.table} while {what} still stops every write to it",
        f"-- in the next migration:\nALTER TABLE {operation.table} VALIDATE CONSTRAINT {operation.constraint};",
        doubtful=context.is_doubtful(operation.table),
    )
