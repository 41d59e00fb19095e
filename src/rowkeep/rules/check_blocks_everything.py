"""A CHECK without NOT VALID stops every query on the table.

## When

`ADD CONSTRAINT … CHECK` without `NOT VALID` on a table that existed before this migration.

## Harm

PostgreSQL reads the whole table under an `ACCESS EXCLUSIVE` lock: every query on it waits, SELECT too.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);
```

## Unsafe

```sql
ALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total >= 0);
```

## Safe

`NOT VALID` applies to new rows at once and does not read the old ones. `VALIDATE`, in its own migration, reads them
while the application continues to work.

```sql
ALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total >= 0) NOT VALID;
-- in the next migration:
ALTER TABLE orders VALIDATE CONSTRAINT orders_total_positive;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AddConstraint, ConstraintKind
from rowkeep.knowledge.forms import recipes

RULE = Rule(
    __name__,
    code="L201",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:constraint-missing-not-valid",
        "strong_migrations:add_check_constraint",
        "online_migrations:add_check_constraint",
        "online_migrations:add_text_limit_constraint",
        "eugene:E1",
        "atlas:PG305",
        "pg-schema-diff:ACQUIRES_ACCESS_EXCLUSIVE_LOCK",
        "pgfence:add-constraint-check-no-not-valid",
        "pgls:constraintMissingNotValid",
        "safe-migrate:blocking-constraint",
    ),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(AddConstraint)
def check(operation: AddConstraint, context: Context) -> Iterator[Violation]:
    """A CHECK on a table that has rows already."""
    check = operation.constraint
    if (
        check.kind is not ConstraintKind.CHECK
        or check.not_valid
        or check.not_enforced
        or context.is_new(operation.table)
    ):
        return
    condition = check.expression.text if check.expression else "<condition>"
    columns = [column.name for column in check.columns] if len(check.columns) == 1 else []
    name = check.name or recipes.join_names(operation.table.name, *columns, "check")
    yield Violation(
        operation.span,
        f"reads all of {operation.table} under a lock that stops every query on it",
        f"ALTER TABLE {operation.table} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID;\n"
        f"{recipes.NEXT}\n"
        f"ALTER TABLE {operation.table} VALIDATE CONSTRAINT {name};",
        doubtful=context.is_doubtful(operation.table),
    )
