"""A CHECK requires a value in a column that the running application does not know.

## When

The migration adds a column without a default, and a constraint that forbids NULL in it: `CHECK (… IS NOT NULL)` or,
from PostgreSQL 18 on, `NOT NULL … NOT VALID`. `NOT VALID` only exempts old rows; new rows must have a value at once.

## Harm

From the commit on, every INSERT of the running version fails (SQLSTATE 23514), and so does every UPDATE of a row
without a value there.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
```

## Unsafe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS channel text;
ALTER TABLE orders ADD CONSTRAINT orders_channel_present CHECK (channel IS NOT NULL) NOT VALID;
```

## Safe

Add the constraint in a later deploy, when every running version writes the column; or give the column a default.

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS channel text;
```

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS channel text DEFAULT 'web';
ALTER TABLE orders ADD CONSTRAINT orders_channel_present CHECK (channel IS NOT NULL) NOT VALID;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AddConstraint, ConstraintKind

RULE = Rule(
    __name__,
    code="C126",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    peers=("squawk:ban-new-write-restriction",),
)


@RULE.on(AddConstraint)
def check(operation: AddConstraint, context: Context) -> Iterator[Violation]:
    """A constraint that only the new version can satisfy."""
    table, constraint = operation.table, operation.constraint
    if context.is_new(table) or constraint.not_enforced:
        return
    if constraint.kind is ConstraintKind.CHECK and constraint.expression is not None:
        required = constraint.expression.not_null
    elif constraint.kind is ConstraintKind.NOT_NULL:
        required = frozenset(column.name for column in constraint.columns)
    else:
        return
    for column in sorted(required):
        known = context.table(table)
        added = known.columns.get(column) if known is not None else None
        if added is None or added.default is not None or not context.has_added(table, added.name):
            continue
        yield Violation(
            operation.span,
            f"every INSERT into {table} that does not know {added.name} fails from now on",
            f"-- or add the constraint in a later deploy:\n"
            f"ALTER TABLE {table} ALTER COLUMN {added.name} SET DEFAULT <value>;",
            doubtful=context.is_doubtful(table),
        )
