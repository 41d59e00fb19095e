"""One statement changes very many rows, and locks them all until the migration commits.

## When

An `UPDATE` fills a column that this migration has added, for all rows or for those that have no value; or an `UPDATE`
or `DELETE` of a table that was there before chooses its rows by a test for NULL or a boolean only, so that it may mean
most of them. How many these are is not known from the text: it is a note then, and a warning where the column was
added by an earlier migration, so that every row is still without a value.

## Harm

Every row that is changed stays locked until the commit, so that every writer of one of them waits. The table grows by
a copy of each row, and replicas fall behind by one long transaction.

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
-- next migration
UPDATE orders SET region = 'eu' WHERE region IS NULL;
```

## Safe

In batches, each a transaction of its own. A `DO` block that commits runs outside a transaction; Rowkeep sees that.

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS region text;
-- next migration
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

from rowkeep.domain.act import Delete, Name, Reach, Update
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule
from rowkeep.knowledge.batches import in_batches

RULE = Rule(
    __name__,
    code="L300",
    promise=Promise.LOCK,
    severity=Severity.ERROR,
    peers=("pgfence:update-in-migration", "safe-pg-migrations:backfill"),
    claims=(Claim("orders", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(Update)
def update(act: Update, context: Context) -> Iterator[Fault]:
    """A backfill in one statement."""
    if act.limited or context.is_new(act.table) or not act.columns:
        return
    added = all(context.has_added(act.table, column) for column in act.columns)
    earlier = all(_is_empty(act.table, column, context) for column in act.columns)
    everything = act.where.reach is Reach.ALL
    if (everything and not (added or earlier)) or act.where.reach is Reach.NONE or act.where.picks:
        return
    some = "" if everything or added or earlier else " that match its WHERE"
    yield Fault(
        act.span,
        f"changes all rows of {act.table}{some} in one statement, and holds each of them locked until it commits",
        in_batches(act, context),
        doubtful=not added or context.is_doubtful(act.table),
        faint=not (added or earlier),
    )


def _is_empty(table: Name, name: Name, context: Context) -> bool:
    """Whether the text has added the column to a table of others, and given it no value."""
    known, column = context.table(table), context.column(table, name)
    return known is not None and known.made is None and column is not None and column.default is None


@RULE.on(Delete)
def delete(act: Delete, context: Context) -> Iterator[Fault]:
    """A clean-up in one statement."""
    if act.where.reach is not Reach.SOME or act.where.picks or act.limited or context.is_new(act.table):
        return
    yield Fault(
        act.span,
        f"deletes all rows of {act.table} that match its WHERE in one statement, however many these are",
        in_batches(act, context),
        faint=True,
    )
