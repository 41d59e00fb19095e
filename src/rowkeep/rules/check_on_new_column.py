"""A CHECK requires a value that the running application does not know of.

## When

A column was added without a default, and a `CHECK` (also `NOT VALID`) says that it is never NULL. In the migration
that adds the column it is a warning; in a later one a note, as the version that fills it may run everywhere by then.

## Harm

`NOT VALID` spares the rows that are there, not those that come: every INSERT of the old version leaves the new column
NULL, and fails.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
```

## Unsafe

```sql
ALTER TABLE orders ADD COLUMN channel text;
ALTER TABLE orders ADD CONSTRAINT orders_channel_set CHECK (channel IS NOT NULL) NOT VALID;
```

## Safe

A default fills it for those who do not know it.

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS channel text DEFAULT 'web';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AddConstraint, ConstraintKind, Generated, Name
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="C205",
    promise=Promise.COMPATIBILITY,
    severity=Severity.WARNING,
    peers=("squawk:ban-new-write-restriction",),
)


@RULE.on(AddConstraint)
def check(act: AddConstraint, context: Context) -> Iterator[Fault]:
    """A CHECK or NOT NULL on a column that has no value of its own."""
    one = act.constraint
    if context.is_new(act.table) or one.not_enforced:
        return
    required = one.expression.not_null if one.kind is ConstraintKind.CHECK and one.expression else frozenset[str]()
    if one.kind is ConstraintKind.NOT_NULL:
        required = frozenset(column.name for column in one.columns)
    table = context.key(act.table)
    for name in sorted(required):
        added = context.known.made.get(("column", table, name))
        column = context.column(act.table, Name(name))
        if added is None or column is None or column.default is not None:
            continue
        if column.generated is not Generated.BY_USER:
            continue
        yield Fault(
            act.span,
            f"INSERTs of the running application fail, as they leave the new column {name} NULL",
            f"ALTER TABLE {act.table} ALTER COLUMN {name} SET DEFAULT …;",
            faint=added != context.number,
        )
