"""A new column with a CHECK: PostgreSQL reads every row while nobody can use the table.

## When

`ADD COLUMN … CHECK (…)` on a table that existed before this migration; also a `VIRTUAL` generated column (PostgreSQL
18) that is `NOT NULL`.

## Harm

The constraint is checked against every row, even if all of them are NULL there, under `ACCESS EXCLUSIVE`: nobody can
read or write the table until that is done.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
INSERT INTO orders SELECT n, 'a@example.org' FROM generate_series(1, 100) AS n;
```

## Unsafe

```sql
ALTER TABLE orders
  ADD COLUMN IF NOT EXISTS gift boolean NOT NULL DEFAULT false,
  ADD COLUMN IF NOT EXISTS wrap text DEFAULT 'none' CHECK (wrap IN ('none', 'paper', 'box'));
```

## Safe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS wrap text DEFAULT 'none';
ALTER TABLE orders ADD CONSTRAINT orders_wrap_check CHECK (wrap IN ('none', 'paper', 'box')) NOT VALID;
-- in the next migration:
ALTER TABLE orders VALIDATE CONSTRAINT orders_wrap_check;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AddColumn, ConstraintKind, Generated
from rowkeep.knowledge.forms import recipes

RULE = Rule(
    __name__,
    code="L105",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=("eugene:E1",),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(AddColumn)
def check(operation: AddColumn, context: Context) -> Iterator[Violation]:
    """A constraint that is valid from the start."""
    table, column = operation.table, operation.column
    if not context.adds_to_known(operation):
        return
    checks = [each for each in column.constraints if each.kind is ConstraintKind.CHECK and not each.not_enforced]
    for constraint in checks:
        name = constraint.name or recipes.join_names(table.name, column.name.name, "check")
        words = constraint.expression.text if constraint.expression is not None else "<condition>"
        yield Violation(
            operation.span,
            f"reads every row of {table} to check {column.name}, while nobody can use the table",
            f"ALTER TABLE {table} ADD COLUMN {column.name} {column.type};\n"
            f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({words}) NOT VALID;\n"
            f"{recipes.NEXT}\nALTER TABLE {table} VALIDATE CONSTRAINT {name};",
            doubtful=context.is_doubtful(table),
        )
    if not checks and column.generated is Generated.VIRTUAL and column.has(ConstraintKind.NOT_NULL):
        yield Violation(
            operation.span,
            f"reads every row of {table} to check that {column.name} is never NULL, while nobody can use the table",
            f"ALTER TABLE {table} ADD COLUMN {column.name} {column.type or '<type>'} GENERATED ALWAYS AS "
            f"({column.default.text if column.default is not None else '<expression>'}) VIRTUAL;\n"
            + recipes.not_null_steps(table, column.name, context.major),
            doubtful=context.is_doubtful(table),
        )
