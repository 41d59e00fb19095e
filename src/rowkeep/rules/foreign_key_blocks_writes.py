"""A foreign key without NOT VALID stops writes to two tables.

## When

`ADD … FOREIGN KEY` without `NOT VALID` on a table that existed before this migration, or from PostgreSQL 18 on `ALTER
CONSTRAINT … ENFORCED`. A table of this migration is empty: its keys need the lock only for a moment, and are not
findings.

## Harm

PostgreSQL reads the whole table and looks up every row in the other one. Until it is done, both tables are locked with
`SHARE ROW EXCLUSIVE`: every INSERT, UPDATE and DELETE on either of them waits.

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);
INSERT INTO customers VALUES (1);
INSERT INTO orders VALUES (1, 1);
```

## Unsafe

```sql
ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id);
```

```sql
DO $$
BEGIN
  ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;
EXCEPTION WHEN duplicate_object THEN NULL;
END
$$;
```

## Safe

`NOT VALID` applies to new rows at once and does not read the old ones. `VALIDATE`, in its own migration, reads them
while the application continues to write.

```sql
ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;
-- in the next migration:
ALTER TABLE orders VALIDATE CONSTRAINT orders_customer_fk;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.frozen import replace
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AddConstraint, AlterTable, AttachPartition, Constraint, ConstraintKind, Name
from rowkeep.knowledge.forms import recipes
from rowkeep.knowledge.forms.attach import attach_statement, write_bounds
from rowkeep.knowledge.forms.partitioned import keys_to_validate

RULE = Rule(
    __name__,
    code="L200",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:adding-foreign-key-constraint",
        "squawk:constraint-missing-not-valid",
        "strong_migrations:add_foreign_key",
        "online_migrations:add_foreign_key",
        "eugene:E1",
        "atlas:PG306",
        "pg-schema-diff:ACQUIRES_SHARE_ROW_EXCLUSIVE_LOCK",
        "pgfence:add-constraint-fk-no-not-valid",
        "pgls:addingForeignKeyConstraint",
        "safe-migrate:blocking-constraint",
    ),
    claims=(
        LockClaim("orders", LockMode.SHARE_ROW_EXCLUSIVE, scans=True),
        LockClaim("customers", LockMode.SHARE_ROW_EXCLUSIVE, scans=True),
    ),
)


@RULE.on(AddConstraint)
def check(operation: AddConstraint, context: Context) -> Iterator[Violation]:
    """A key of a table that has rows already."""
    key = operation.constraint
    if (
        key.kind is not ConstraintKind.FOREIGN_KEY
        or key.not_valid
        or key.not_enforced
        or context.is_new(operation.table)
    ):
        return
    table = context.table(operation.table)
    whole = table is not None and table.is_partitioned and context.major < 18
    target = key.refers_to or operation.table
    alone = context.same(operation.table, target) or context.is_new(target)
    other = "waits" if alone else f"and to {target} waits"
    yield Violation(
        operation.span,
        f"reads all of {operation.table} while every write to it {other}",
        recipes.foreign_key_on_partitions(operation.table, _write_key(key))
        if whole
        else _add_in_two_steps(operation.table, key),
        doubtful=context.is_doubtful(operation.table),
    )


@RULE.on(AttachPartition)
def check_attach(operation: AttachPartition, context: Context) -> Iterator[Violation]:
    """A partition without a valid foreign key of its own, whose rows are checked against the keys of its parent."""
    parent, child = context.table(operation.table), context.table(operation.partition)
    if parent is None or (context.is_new(operation.partition) and child is not None and not child.is_written):
        return
    for key in keys_to_validate(parent, child, context):
        target, constraint = key.constraint.refers_to, key.constraint
        yield Violation(
            operation.span,
            f"reads all of {operation.partition} for the foreign key to {target}, while every query "
            f"on {operation.partition} and "
            f"every write to {target} waits",
            f"{_add_in_two_steps(operation.partition, replace(constraint, name=None))}\n"
            f"{recipes.NEXT}\n"
            + attach_statement(operation.table, operation.partition, write_bounds(operation, context)),
            doubtful=child is None or context.is_doubtful(operation.partition),
        )


@RULE.on(AlterTable)
def check_enforced(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """ALTER CONSTRAINT … ENFORCED, which has no NOT VALID."""
    if (
        operation.action == "AlterConstraint"
        and ("enforced", "true") in operation.options
        and not context.is_new(operation.table)
    ):
        yield Violation(
            operation.span,
            f"reads all of {operation.table} for {operation.subject} under a lock that stops every query on it",
            f"ALTER TABLE {operation.table} DROP CONSTRAINT {operation.subject},\n  ADD CONSTRAINT "
            f"{operation.subject} FOREIGN KEY (<columns>) REFERENCES <table> (<columns>) NOT VALID;\n"
            f"{recipes.NEXT}\n"
            f"ALTER TABLE {operation.table} VALIDATE CONSTRAINT {operation.subject};",
        )


def _add_in_two_steps(table: Name, key: Constraint) -> str:
    name = key.name or recipes.join_names(table.name, *(column.name for column in key.columns), "fkey")
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {name} {_write_key(key)} NOT VALID;\n"
        f"{recipes.NEXT}\n"
        f"ALTER TABLE {table} VALIDATE CONSTRAINT {name};"
    )


def _write_key(key: Constraint) -> str:
    columns = ", ".join(str(column) for column in key.columns)
    others = f" ({', '.join(str(column) for column in key.refers_to_columns)})" if key.refers_to_columns else ""
    on_delete = f" ON DELETE {key.on_delete}" if key.on_delete else ""
    return f"FOREIGN KEY ({columns}) REFERENCES {key.refers_to}{others}{on_delete}"
