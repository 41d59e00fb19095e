"""SET NOT NULL reads every row while nobody can use the table.

## When

`ALTER COLUMN … SET NOT NULL`, or `ADD CONSTRAINT … NOT NULL` without `NOT VALID` (PostgreSQL 18), on a table that
existed before this migration. It is not a finding where the migrations show that no row can be NULL: by a valid `CHECK
(column IS NOT NULL)`, alone or joined by `AND`, or because the column is `NOT NULL` already. A constraint that is `NOT
VALID`, or on another column, proves nothing.

## Harm

Every row is read under `ACCESS EXCLUSIVE`: nobody can read or write the table until that is done (1 s for 5 million
rows in memory). The first NULL makes the migration fail (SQLSTATE 23502).

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY, currency text);
INSERT INTO customers SELECT n, 'EUR' FROM generate_series(1, 100) AS n;
```

## Unsafe

```sql
ALTER TABLE customers ALTER COLUMN currency SET NOT NULL;
```

```sql
ALTER TABLE customers ADD CONSTRAINT customers_currency_present CHECK (currency IS NOT NULL) NOT VALID;
-- in the next migration:
ALTER TABLE customers ALTER COLUMN currency SET NOT NULL;
```

## Safe

A `CHECK` that is added `NOT VALID` and validated later, under a lock that lets everybody read and write, proves it.

```sql
ALTER TABLE customers ADD CONSTRAINT customers_currency_present CHECK (currency IS NOT NULL) NOT VALID;
-- in the next migration:
ALTER TABLE customers VALIDATE CONSTRAINT customers_currency_present;
-- in the next migration:
ALTER TABLE customers ALTER COLUMN currency SET NOT NULL;
ALTER TABLE customers DROP CONSTRAINT customers_currency_present;
```

From PostgreSQL 18 on `NOT NULL` itself can be added so:

```sql
-- since 18
ALTER TABLE customers ADD CONSTRAINT customers_currency_not_null NOT NULL currency NOT VALID;
-- in the next migration:
-- since 18
ALTER TABLE customers VALIDATE CONSTRAINT customers_currency_not_null;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AddConstraint, ConstraintKind, Name, SetNotNull
from rowkeep.domain.schema.schema_state import KnownConstraint
from rowkeep.knowledge.forms import recipes

RULE = Rule(
    __name__,
    code="L117",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:adding-not-nullable-field",
        "strong_migrations:change_column_null_postgresql",
        "strong_migrations:change_column_with_not_null",
        "online_migrations:change_column_null",
        "online_migrations:add_not_null_constraint",
        "online_migrations:change_column_with_not_null",
        "eugene:E2",
        "atlas:MF104",
        "atlas:PG303",
        "pg-schema-diff:ACQUIRES_ACCESS_EXCLUSIVE_LOCK",
        "pgfence:alter-column-set-not-null",
        "pgls:addingNotNullField",
        "pgroll:alter_column",
    ),
    claims=(LockClaim("customers", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(SetNotNull)
def check(operation: SetNotNull, context: Context) -> Iterator[Violation]:
    """A column that may contain NULL, as far as these files show."""
    yield from _check_column(operation, operation.table, operation.column, context)


@RULE.on(AddConstraint)
def check_constraint(operation: AddConstraint, context: Context) -> Iterator[Violation]:
    """PostgreSQL 18's own form."""
    constraint = operation.constraint
    if constraint.kind is ConstraintKind.NOT_NULL and not constraint.not_valid and constraint.columns:
        yield from _check_column(operation, operation.table, constraint.columns[0], context)


def _check_column(
    operation: SetNotNull | AddConstraint, table: Name, column: Name, context: Context
) -> Iterator[Violation]:
    known, before = context.table(table), context.column(table, column)
    if context.is_new(table) or (before is not None and before.is_not_null):
        return
    proofs = [proof for proof in known.constraints if _proves(proof, column)] if known is not None else []
    if any(proof.is_valid for proof in proofs):
        return
    if proofs:
        change = f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL;"
        hint = (
            f"ALTER TABLE {table} VALIDATE CONSTRAINT {recipes.join_names(proofs[0].name)};\n{recipes.NEXT}\n{change}"
        )
    else:
        hint = recipes.not_null_steps(table, column, context.major)
    yield Violation(
        operation.span,
        f"reads every row of {table} to check that {column} is never NULL, while nobody can use the table",
        hint,
        doubtful=context.is_doubtful(table),
        faint=context.undoes_change(table, column),
    )


def _proves(proof: KnownConstraint, column: Name) -> bool:
    """Whether the constraint, once valid, leaves no NULL in the column."""
    constraint = proof.constraint
    if constraint.not_enforced:
        return False
    if constraint.kind is ConstraintKind.NOT_NULL:
        return column in constraint.columns
    expression = constraint.expression
    return constraint.kind is ConstraintKind.CHECK and expression is not None and column.name in expression.not_null
