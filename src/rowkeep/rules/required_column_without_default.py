"""A new NOT NULL column without a default: existing rows have no value for it.

## When

A column is added that is NOT NULL and has no default, neither its own nor its domain's, to a table that existed before
this migration; or the migration drops the default again, or sets NOT NULL itself. Serial, identity and generated
columns have a value.

## Harm

On a table with rows the statement fails, and the deploy with it (SQLSTATE 23502). On an empty table it succeeds, but
from then on every INSERT of the running application fails, because it does not know the column yet.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
INSERT INTO orders VALUES (1, 'a@example.org');
```

## Unsafe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS channel text NOT NULL;
```

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS channel text NOT NULL DEFAULT 'web';
ALTER TABLE orders ALTER COLUMN channel DROP DEFAULT;
```

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS channel text;
UPDATE orders SET channel = 'web';
ALTER TABLE orders ALTER COLUMN channel SET NOT NULL;
```

## Safe

A constant default is stored in the catalog; it costs nothing.

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS channel text NOT NULL DEFAULT 'web';
```

Where there is no such value: let the application write the column first, fill the old rows, and forbid NULL at last.

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS channel text;
-- in the next migration:
UPDATE orders SET channel = 'web' WHERE id IN (SELECT id FROM orders WHERE channel IS NULL LIMIT 5000);
-- in the next migration:
ALTER TABLE orders ADD CONSTRAINT orders_channel_present CHECK (channel IS NOT NULL) NOT VALID;
-- in the next migration:
ALTER TABLE orders VALIDATE CONSTRAINT orders_channel_present;
-- in the next migration:
ALTER TABLE orders ALTER COLUMN channel SET NOT NULL;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import (
    AddColumn,
    AlterTable,
    ChangeDefault,
    DropColumn,
    DropNotNull,
    Generated,
    Name,
    Operation,
    SetNotNull,
)
from rowkeep.knowledge.forms import recipes
from rowkeep.knowledge.types.type_conversions import stored_type

RULE = Rule(
    __name__,
    code="C106",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:adding-required-field",
        "atlas:MF103",
        "pgfence:add-column-not-null-no-default",
        "pgls:addingRequiredField",
        "django-pg-zero-downtime:ADD_COLUMN_NOT_NULL",
        "pgroll:add_column",
    ),
    claims=(LockClaim("orders", fails="23502"),),
)


@RULE.on(AddColumn)
def check(operation: AddColumn, context: Context) -> Iterator[Violation]:
    """A column that is NOT NULL from the start."""
    table, column = operation.table, operation.column
    if column.type is None or column.generated is not Generated.BY_USER or not context.adds_to_known(operation):
        return
    domain = context.domain(column.type)
    required = column.is_not_null or (domain is not None and domain.is_not_null)
    default = column.default or (domain.default if domain is not None else None)
    is_given = default is not None and not default.is_null
    if not required or is_given or stored_type(column.type).name != column.type.name:
        return
    yield Violation(
        operation.span,
        f"no row of {table} has a value for {column.name}, which is NOT NULL: the statement fails if there are rows; "
        "if there are none, the INSERTs of the running application fail",
        f"ALTER TABLE {table} ADD COLUMN {column.name} {column.type};\n"
        f"{recipes.NEXT}\n{recipes.backfill_batch(table, column.name, '<value>', context.row_key(table))}\n"
        f"{recipes.NEXT}\n{recipes.not_null_steps(table, column.name, context.major)}",
        doubtful=context.is_doubtful(table),
    )


@RULE.on(ChangeDefault)
def check_default(operation: ChangeDefault, context: Context) -> Iterator[Violation]:
    """A default that only the old rows get."""
    if operation.default is None or operation.default.is_null:
        yield from _check_required(operation, operation.table, operation.column, context)


@RULE.on(SetNotNull)
def check_not_null(operation: SetNotNull, context: Context) -> Iterator[Violation]:
    """A new column that is filled, and that the application does not know."""
    known = context.column(operation.table, operation.column)
    if known is not None and known.default is None:
        yield from _check_required(operation, operation.table, operation.column, context)


def _check_required(
    operation: ChangeDefault | SetNotNull, table: Name, column: Name, context: Context
) -> Iterator[Violation]:
    """A column of this migration that is NOT NULL from here on, and that nothing gives a value."""
    known = context.column(table, column)
    if known is None or known.type is None or not context.has_added(table, column) or context.is_new(table):
        return
    required = known.is_not_null or isinstance(operation, SetNotNull)
    numbered = known.generated is not Generated.BY_USER or stored_type(known.type).name != known.type.name
    if not required or numbered or context.is_down or _changes_again(operation, table, column, context):
        return
    yield Violation(
        operation.span,
        f"no running version of the application writes {table}.{column}, which is NOT NULL and has no default: "
        "its INSERTs fail from now on",
        f"-- until every running version writes the column:\n"
        f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT <value>;",
        doubtful=context.is_doubtful(table),
    )


def _changes_again(operation: Operation, table: Name, column: Name, context: Context) -> bool:
    """Whether the migration later gives it a default or an identity, or lets it be NULL."""
    for later in context.later(ChangeDefault, DropNotNull, DropColumn, AlterTable):
        match later:
            case ChangeDefault(table=other, column=name, default=default) if name == column:
                if context.same(other, table) and default is not None and not default.is_null:
                    return True
            case DropNotNull(table=other, column=name) | DropColumn(table=other, column=name) if name == column:
                if context.same(other, table):
                    return True
            case AlterTable(table=other, action="AddIdentity", subject=name) if name == column:
                if context.same(other, table):
                    return True
    return False
