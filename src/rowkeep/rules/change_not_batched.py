"""One statement changes many rows and locks them all until the migration commits.

## When

An `UPDATE` fills a column that this migration has added, for all rows or for those without a value. Or an `UPDATE` or
`DELETE` of a table that existed before selects its rows only by a test for NULL or a boolean, so that it may mean most
of them. The text does not say how many rows these are, so that is a note; it is a warning where an earlier migration
added the column, so that every row is still without a value.

## Harm

Every changed row stays locked until the commit, and every writer of one of them waits. The table grows by a copy of
each row, and replicas fall behind a long transaction.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, placed_at timestamptz);
```

## Unsafe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS region text;
UPDATE orders SET region = 'eu';
```

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS region text;
-- in the next migration:
UPDATE orders SET region = 'eu' WHERE region IS NULL;
```

## Safe

Work in batches, each in its own transaction. A `DO` block that commits cannot run inside a transaction; Rowkeep
detects that.

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS region text;
-- in the next migration:
DO $$
BEGIN
  LOOP
    UPDATE orders SET region = 'eu' WHERE id IN (SELECT id FROM orders WHERE region IS NULL LIMIT 5000);
    EXIT WHEN NOT FOUND;
    COMMIT;
  END LOOP;
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
from rowkeep.domain.operation import Delete, Name, RowReach, Update
from rowkeep.knowledge.forms.batches import in_batches

RULE = Rule(
    __name__,
    code="L300",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=("pgfence:update-in-migration", "safe-pg-migrations:backfill"),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(Update)
def check_update(operation: Update, context: Context) -> Iterator[Violation]:
    """A backfill in one statement."""
    if operation.limited or context.is_new(operation.table) or not operation.columns:
        return
    added = all(context.has_added(operation.table, column) for column in operation.columns)
    earlier = all(_is_empty(operation.table, column, context) for column in operation.columns)
    everything = operation.where.reach is RowReach.ALL
    if (everything and not (added or earlier)) or operation.where.reach is RowReach.NONE or operation.where.picks:
        return
    some = "" if everything or added or earlier else " that match its WHERE"
    yield Violation(
        operation.span,
        f"changes all rows of {operation.table}{some} in one statement, and keeps each of them locked "
        "until it commits",
        in_batches(operation, context),
        doubtful=not added or context.is_doubtful(operation.table),
        faint=not (added or earlier),
    )


def _is_empty(table: Name, name: Name, context: Context) -> bool:
    """Whether the text has added the column to a table of others, and given it no value."""
    known, column = context.table(table), context.column(table, name)
    return known is not None and known.made is None and column is not None and column.default is None


@RULE.on(Delete)
def check_delete(operation: Delete, context: Context) -> Iterator[Violation]:
    """A clean-up in one statement."""
    if (
        operation.where.reach is not RowReach.SOME
        or operation.where.picks
        or operation.limited
        or context.is_new(operation.table)
    ):
        return
    yield Violation(
        operation.span,
        f"deletes all rows of {operation.table} that match its WHERE in one statement, however many there are",
        in_batches(operation, context),
        faint=True,
    )
