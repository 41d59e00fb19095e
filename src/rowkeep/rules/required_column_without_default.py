"""A new NOT NULL column without a default: no row that is there has a value for it.

## When

A column is added that may not be NULL and has no default, neither its own nor its domain's, to a table that was there
before this migration; or the migration takes the default away again, or sets NOT NULL itself. Serial, identity and
generated columns have a value.

## Harm

On a table with rows the statement fails, and the deploy with it (SQLSTATE 23502). On an empty one it succeeds; from
then on every INSERT of the running application fails, as that does not know the column yet.

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

A constant default is kept beside the table; it costs nothing.

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS channel text NOT NULL DEFAULT 'web';
```

Where there is no such value: let the application write the column first, fill the old rows, and forbid NULL at last.

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS channel text;
-- next migration
UPDATE orders SET channel = 'web' WHERE id IN (SELECT id FROM orders WHERE channel IS NULL LIMIT 5000);
-- next migration
ALTER TABLE orders ADD CONSTRAINT orders_channel_present CHECK (channel IS NOT NULL) NOT VALID;
-- next migration
ALTER TABLE orders VALIDATE CONSTRAINT orders_channel_present;
-- next migration
ALTER TABLE orders ALTER COLUMN channel SET NOT NULL;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import (
    Act,
    AddColumn,
    AlterTable,
    ChangeDefault,
    DropColumn,
    DropNotNull,
    Generated,
    Name,
    SetNotNull,
)
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Claim, Rule
from rowkeep.knowledge import recipes
from rowkeep.knowledge.conversions import plain

RULE = Rule(
    __name__,
    code="C106",
    promise=Promise.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:adding-required-field",
        "atlas:MF103",
        "pgfence:add-column-not-null-no-default",
        "pgls:addingRequiredField",
        "django-pg-zero-downtime:ADD_COLUMN_NOT_NULL",
        "pgroll:add_column",
    ),
    claims=(Claim("orders", fails="23502"),),
)


@RULE.on(AddColumn)
def check(act: AddColumn, context: Context) -> Iterator[Fault]:
    """A value that nobody has given."""
    table, column = act.table, act.column
    if column.type is None or column.generated is not Generated.BY_USER or not context.adds_to_known(act):
        return
    domain = context.domain(column.type)
    required = column.is_not_null or (domain is not None and domain.is_not_null)
    default = column.default or (domain.default if domain is not None else None)
    is_given = default is not None and not default.is_null
    if not required or is_given or plain(column.type).name != column.type.name:
        return
    yield Fault(
        act.span,
        f"no row of {table} has a value for {column.name}, which may not be NULL: it fails if there are rows, and if "
        "there are none, the running application's INSERTs do",
        f"ALTER TABLE {table} ADD COLUMN {column.name} {column.type};\n"
        f"{recipes.NEXT}\n{recipes.fill(table, column.name, '…', context.row_key(table))}\n"
        f"{recipes.NEXT}\n{recipes.not_null(table, column.name, context.major)}",
        doubtful=context.is_doubtful(table),
    )


@RULE.on(ChangeDefault)
def default_dropped(act: ChangeDefault, context: Context) -> Iterator[Fault]:
    """A default that only the old rows have got."""
    if act.default is None or act.default.is_null:
        yield from _required(act, act.table, act.column, context)


@RULE.on(SetNotNull)
def not_null_set(act: SetNotNull, context: Context) -> Iterator[Fault]:
    """A new column that has been filled, and that the application does not know."""
    known = context.column(act.table, act.column)
    if known is not None and known.default is None:
        yield from _required(act, act.table, act.column, context)


def _required(act: ChangeDefault | SetNotNull, table: Name, column: Name, context: Context) -> Iterator[Fault]:
    """A column of this migration that may not be NULL from here on, and that nothing gives a value."""
    known = context.column(table, column)
    if known is None or known.type is None or not context.has_added(table, column) or context.is_new(table):
        return
    required = known.is_not_null or isinstance(act, SetNotNull)
    numbered = known.generated is not Generated.BY_USER or plain(known.type).name != known.type.name
    if not required or numbered or context.is_down or _changes_again(act, table, column, context):
        return
    yield Fault(
        act.span,
        f"no running version of the application writes {table}.{column}, which may not be NULL and has no default: "
        "its INSERTs fail from now on",
        f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT …; (until every running version writes it)",
        doubtful=context.is_doubtful(table),
    )


def _changes_again(act: Act, table: Name, column: Name, context: Context) -> bool:
    """Whether the migration goes on to give it a default or an identity, or to let it be NULL."""
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
