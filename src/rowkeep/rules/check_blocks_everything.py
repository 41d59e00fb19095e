"""A CHECK that is tested at once stops everybody who uses the table.

## When

`ADD CONSTRAINT … CHECK` without `NOT VALID` on a table that was there before this migration.

## Harm

PostgreSQL reads the whole table and holds an `ACCESS EXCLUSIVE` lock meanwhile: every query waits, SELECT too.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);
```

## Unsafe

```sql
ALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total >= 0);
```

## Safe

`NOT VALID` binds new rows at once and reads none of the old ones. `VALIDATE`, in a migration of its own, reads them
while everybody goes on.

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
    """A CHECK on a table that holds rows already."""
    one = operation.constraint
    if one.kind is not ConstraintKind.CHECK or one.not_valid or one.not_enforced or context.is_new(operation.table):
        return
    condition = one.expression.text if one.expression else "…"
    columns = "_".join(column.name for column in one.columns[:1]) if len(one.columns) == 1 else ""
    name = one.name or "_".join(filter(None, (operation.table.name, columns, "check")))
    yield Violation(
        operation.span,
        f"reads all of {operation.table} under a lock that stops every query on it",
        f"ALTER TABLE {operation.table} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID;\n"
        f"-- in the next migration:\n"
        f"ALTER TABLE {operation.table} VALIDATE CONSTRAINT {name};",
        doubtful=context.is_doubtful(operation.table),
    )
