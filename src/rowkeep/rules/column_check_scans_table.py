"""A new column with a CHECK: every row of the table is read while nobody can use it.

## When

`ADD COLUMN … CHECK (…)` on a table that was there before this migration; also a `VIRTUAL` generated column (PostgreSQL
18) that is `NOT NULL`.

## Harm

The constraint is checked against every row, also where all of them hold NULL there, under `ACCESS EXCLUSIVE`: nobody
reads or writes the table until that is done.

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
-- next migration
ALTER TABLE orders VALIDATE CONSTRAINT orders_wrap_check;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AddColumn, ConstraintKind, Generated
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule
from rowkeep.knowledge import recipes

RULE = Rule(
    __name__,
    code="L105",
    promise=Promise.LOCK,
    severity=Severity.ERROR,
    peers=("eugene:E1",),
    claims=(Claim("orders", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(AddColumn)
def check(act: AddColumn, context: Context) -> Iterator[Fault]:
    """A constraint that is born valid."""
    table, column = act.table, act.column
    if not context.adds_to_known(act):
        return
    checks = [each for each in column.constraints if each.kind is ConstraintKind.CHECK and not each.not_enforced]
    for constraint in checks:
        name = constraint.name or recipes.joined(table.name, column.name.name, "check")
        words = constraint.expression.text if constraint.expression is not None else "…"
        yield Fault(
            act.span,
            f"reads every row of {table} to check {column.name}, and nobody can use the table meanwhile",
            f"ALTER TABLE {table} ADD COLUMN {column.name} {column.type};\n"
            f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({words}) NOT VALID;\n"
            f"{recipes.NEXT}\nALTER TABLE {table} VALIDATE CONSTRAINT {name};",
            doubtful=context.is_doubtful(table),
        )
    if not checks and column.generated is Generated.VIRTUAL and column.has(ConstraintKind.NOT_NULL):
        yield Fault(
            act.span,
            f"reads every row of {table} to see that {column.name} is never NULL, and nobody can use the table",
            f"ALTER TABLE {table} ADD COLUMN {column.name} … VIRTUAL;\n"
            + recipes.not_null(table, column.name, context.major),
            doubtful=context.is_doubtful(table),
        )
