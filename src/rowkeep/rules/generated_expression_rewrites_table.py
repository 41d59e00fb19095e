"""A stored generated column gets another expression: every row is rewritten.

## When

`ALTER COLUMN … SET EXPRESSION` (PostgreSQL 17) on a table that existed before this migration, unless the column is
known to be `VIRTUAL`.

## Harm

The table and all its indexes are rewritten under `ACCESS EXCLUSIVE`: nobody can read or write the table until that is
done. The results of the old expression are gone.

## Given

```sql
CREATE TABLE invoices (
  id     bigint PRIMARY KEY,
  amount numeric,
  tax    numeric GENERATED ALWAYS AS (amount * 0.19) STORED
);
INSERT INTO invoices (id, amount) SELECT n, n FROM generate_series(1, 100) AS n;
```

## Unsafe

```sql
-- since 17
ALTER TABLE invoices ALTER COLUMN tax SET EXPRESSION AS (amount * 0.2);
```

## Safe

Add a second column, which a trigger fills. Fill the old rows in batches, and let readers change over when they can.

```sql
ALTER TABLE invoices ADD COLUMN IF NOT EXISTS tax_new numeric;
-- in the next migration:
UPDATE invoices SET tax_new = amount * 0.2 WHERE id IN (SELECT id FROM invoices WHERE tax_new IS NULL LIMIT 5000);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AlterTable, Generated
from rowkeep.knowledge.forms import recipes

RULE = Rule(
    __name__,
    code="L123",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=("squawk:ban-alter-generated-expression",),
    claims=(LockClaim("invoices", LockMode.ACCESS_EXCLUSIVE, rewrites=True, scans=True, majors=(17, 18)),),
)


@RULE.on(AlterTable)
def check(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """A result that is stored in every row."""
    table, column = operation.table, operation.subject
    if operation.action != "SetExpression" or column is None or context.is_new(table):
        return
    known = context.column(table, column)
    if known is not None and known.generated is Generated.VIRTUAL:
        return
    new = recipes.join_names(column.name, "new")
    kind = known.type if known is not None and known.type is not None else "<type>"
    yield Violation(
        operation.span,
        f"rewrites every row of {table} with another {column}, and every query waits",
        f"ALTER TABLE {table} ADD COLUMN {new} {kind};\n"
        f"{recipes.trigger_steps(table, new, '<expression>')}\n"
        f"{recipes.NEXT}\n{recipes.backfill_batch(table, new, '<expression>', context.row_key(table))}",
        doubtful=context.is_doubtful(table),
    )
