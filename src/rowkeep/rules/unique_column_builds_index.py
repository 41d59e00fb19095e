"""A new UNIQUE or PRIMARY KEY column: an index is built while nobody can use the table.

## When

`ADD COLUMN … UNIQUE` or `… PRIMARY KEY` on a table that existed before this migration.

## Harm

The index is built over every row under `ACCESS EXCLUSIVE`: nobody can read or write the table until that is done. With
a constant default the second row already violates it, and the migration fails (SQLSTATE 23505).

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
INSERT INTO orders SELECT n, 'a@example.org' FROM generate_series(1, 100) AS n;
```

## Unsafe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS reference text UNIQUE;
```

## Safe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS reference text;
-- in the next migration:
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS orders_reference_key ON orders (reference);
-- in the next migration:
ALTER TABLE orders ADD CONSTRAINT orders_reference_key UNIQUE USING INDEX orders_reference_key;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AddColumn, ConstraintKind
from rowkeep.knowledge.forms import recipes

RULE = Rule(
    __name__,
    code="L107",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:disallowed-unique-constraint",
        "squawk:adding-serial-primary-key-field",
        "atlas:PG104",
        "atlas:PG105",
        "pgls:addingPrimaryKeyConstraint",
    ),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(AddColumn)
def check(operation: AddColumn, context: Context) -> Iterator[Violation]:
    """A key that is built at once."""
    table, column = operation.table, operation.column
    if not context.adds_to_known(operation):
        return
    for constraint in column.constraints:
        if constraint.kind not in (ConstraintKind.UNIQUE, ConstraintKind.PRIMARY_KEY):
            continue
        key = constraint.kind.value
        parts = ("pkey",) if constraint.kind is ConstraintKind.PRIMARY_KEY else (column.name.name, "key")
        name = constraint.name or recipes.join_names(table.name, *parts)
        default = column.default
        twice = default is not None and default.constant is not None
        fails = "; with two rows it fails, because both get the same value" if twice else ""
        yield Violation(
            operation.span,
            f"builds the {key} index of {column.name} while nobody can read or write {table}{fails}",
            f"ALTER TABLE {table} ADD COLUMN {column.name} {column.type};\n"
            f"{recipes.NEXT}\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} ({column.name});\n"
            f"{recipes.NEXT}\nALTER TABLE {table} ADD CONSTRAINT {name} {key} USING INDEX {name};",
            doubtful=context.is_doubtful(table),
        )
