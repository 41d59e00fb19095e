"""A new column with REFERENCES locks two tables at once; with a default it also reads both.

## When

`ADD COLUMN … REFERENCES` on a table that existed before this migration. Without a default every row is NULL there, and
PostgreSQL skips the check; but it waits for the lock on one table while it holds the other, which is one step softer.
If the column refers to its own table, or to one that this migration has created, that is not a finding.

## Harm

While it waits for the writers of the referenced table (`SHARE ROW EXCLUSIVE`), it already holds the first table with
`ACCESS EXCLUSIVE`, and every query there waits. With a default it looks up every row under both locks.

## Given

```sql
CREATE TABLE categories (id integer PRIMARY KEY);
INSERT INTO categories VALUES (1);
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
INSERT INTO orders SELECT n, 'a@example.org' FROM generate_series(1, 100) AS n;
```

## Unsafe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS category_id integer NOT NULL DEFAULT 1 REFERENCES categories (id);
```

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS category_id integer REFERENCES categories (id);
```

## Safe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS category_id integer;
-- in the next migration:
ALTER TABLE orders
  ADD CONSTRAINT orders_category_id_fkey FOREIGN KEY (category_id) REFERENCES categories (id) NOT VALID;
-- in the next migration:
ALTER TABLE orders VALIDATE CONSTRAINT orders_category_id_fkey;
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
    code="L108",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:adding-foreign-key-constraint",
        "strong_migrations:add_reference",
        "online_migrations:add_reference",
        "eugene:E1",
        "pgfence:add-constraint-fk-no-not-valid",
        "pgls:addingForeignKeyConstraint",
    ),
    claims=(
        LockClaim("orders", LockMode.ACCESS_EXCLUSIVE, scans=True),
        LockClaim("categories", LockMode.SHARE_ROW_EXCLUSIVE, scans=True),
    ),
)


@RULE.on(AddColumn)
def check(operation: AddColumn, context: Context) -> Iterator[Violation]:
    """A reference that is valid from the start."""
    table, column = operation.table, operation.column
    if not context.adds_to_known(operation):
        return
    for constraint in column.constraints:
        other = constraint.refers_to
        if constraint.kind is not ConstraintKind.FOREIGN_KEY or other is None:
            continue
        # PostgreSQL skips the rows only where no default is written, be it NULL.
        has_value = column.default is not None or column.generated is not Generated.BY_USER
        is_read = has_value and not constraint.not_enforced
        if not is_read and (context.same(table, other) or context.is_new(other)):
            continue
        keys = ", ".join(str(key) for key in constraint.refers_to_columns)
        name = constraint.name or recipes.join_names(table.name, column.name.name, "fkey")
        what = (
            f"looks up every row of {table} while nobody can read or write it, and waits for the writers of {other}"
            if is_read
            else f"lets nobody read or write {table} while it waits for the writers of {other}"
        )
        yield Violation(
            operation.span,
            what,
            f"ALTER TABLE {table} ADD COLUMN {column.name} {column.type};\n"
            f"{recipes.NEXT}\n"
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column.name}) "
            f"REFERENCES {other}{f' ({keys})' if keys else ''} NOT VALID;\n"
            f"{recipes.NEXT}\nALTER TABLE {table} VALIDATE CONSTRAINT {name};",
            doubtful=not is_read or context.is_doubtful(table),
        )
