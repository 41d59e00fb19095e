"""DROP COLUMN deletes the column with all its values.

## When

A column is dropped from a table that existed before this migration. A column that the same migration has added, and in
a down part the column that its up part added, are not findings. Neither is a column whose values the same transaction
has first copied into a new column, unchanged or as text, if that column then takes its name.

## Harm

The values are gone when the migration commits; only a backup brings them back. Indexes and constraints on the column
are dropped silently with it; before PostgreSQL 15 so are the columns that are generated from it. An application that
still names the column, or maps `SELECT *` to fixed columns, fails at once.

## Given

```sql
CREATE TABLE users (id bigint PRIMARY KEY, phone text);
```

## Unsafe

```sql
ALTER TABLE users DROP COLUMN phone;
```

```sql
ALTER TABLE users ADD COLUMN IF NOT EXISTS mobile text, DROP COLUMN IF EXISTS phone CASCADE;
```

## Safe

First deploy a version of the application that no longer names the column. Then allow rows without a value, and keep
the old values until you are sure that nobody needs them. Renaming the column shows who still uses it.

```sql
ALTER TABLE users ALTER COLUMN phone DROP NOT NULL;
COMMENT ON COLUMN users.phone IS 'retired: not read by the application any more';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import (
    ConstraintKind,
    DropColumn,
    Generated,
    Name,
    ObjectKind,
    Rename,
    RowReach,
    Transaction,
    Update,
)
from rowkeep.domain.schema.dependents import find_parts, generated_from
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.knowledge.forms.partitioned import inherited_from
from rowkeep.knowledge.forms.retire import retire_column, retired_column
from rowkeep.knowledge.types.conversion_losses import conversion_loss, loss_from_unknown_type
from rowkeep.knowledge.types.type_change import base_type

RULE = Rule(
    __name__,
    code="D002",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-drop-column",
        "strong_migrations:remove_column",
        "online_migrations:remove_column",
        "atlas:DS103",
        "pg-schema-diff:DELETES_DATA",
        "pgfence:drop-column",
        "pgls:banDropColumn",
        "safe-migrate:irreversible-migration",
    ),
    claims=(LockClaim("users", LockMode.ACCESS_EXCLUSIVE),),
)
REFUSES = 15
"""The first major that does not drop a column from which another one is generated (measured on 14 to 18)."""


@RULE.on(DropColumn)
def check(operation: DropColumn, context: Context) -> Iterator[Violation]:
    """A column, unless the migration made it or its table."""
    if context.is_new(operation.table) or context.undoes(ObjectKind.COLUMN, operation.table, operation.column):
        return
    if context.undoes(ObjectKind.TABLE, operation.table) or context.has_added(operation.table, operation.column):
        return
    if inherited_from(operation.table, operation.column, context):
        # PostgreSQL refuses it: see impossible-on-partitioned-table.
        return
    if context.in_transaction and _is_replaced(operation, context):
        return
    column, table = operation.column, operation.table
    parts = find_parts(context, table, column)
    if operation.cascade or context.major < REFUSES:
        parts = (*(f"the generated column {name}" for name in generated_from(context, table, column)), *parts)
    yield Violation(
        operation.span,
        f"drops {table}.{column} with all its values{', and ' + ', '.join(parts) if parts else ''}",
        _retire(operation, context),
    )


def _retire(operation: DropColumn, context: Context) -> str:
    """Rename the column out of the way with its values, as `lint --fix` does."""
    known, name = context.table(operation.table), operation.column.name
    columns = known.columns if known is not None else {}
    own = columns.get(name)
    keys = known.constraints if known is not None else ()
    is_required = (own is not None and own.generated is Generated.IDENTITY) or any(
        key.constraint.kind is ConstraintKind.PRIMARY_KEY
        and any(member.name == name for member in key.constraint.columns)
        for key in keys
    )
    kept = retired_column(name, columns.__contains__)
    if not kept:
        return f"COMMENT ON COLUMN {operation.table}.{operation.column} IS 'retired: nobody reads it any more';"
    lines = retire_column(
        f"ALTER TABLE {operation.table}", str(operation.column), quote_name(kept), is_required=is_required
    )
    return "\n".join(("-- when no version of the application names it any more:", *(f"{line};" for line in lines)))


def _is_replaced(operation: DropColumn, context: Context) -> bool:
    """Whether a column that this migration has added holds all the values, and takes the name.

    The lock of its ADD COLUMN prevents anybody from writing a value that is not copied.
    """
    copied: Name | None = None
    for change in context.earlier(Transaction, Update):
        match change:
            case Transaction():
                copied = None
            case Update(table=table, copies=copies) if context.same(table, operation.table):
                pairs = [new for new, old in copies if old == operation.column and context.has_added(table, new)]
                if pairs and not change.inside and change.where.reach is RowReach.ALL:
                    copied = pairs[0]
                elif {operation.column, copied} & {*change.columns}:
                    copied = None
    return copied is not None and _fits(copied, operation, context) and _takes_the_name(copied, operation, context)


def _fits(copied: Name, operation: DropColumn, context: Context) -> bool:
    """Whether the type of the copy takes every value as it is."""
    before, after = context.column(operation.table, operation.column), context.column(operation.table, copied)
    if after is None or after.type is None:
        return False
    new = base_type(after.type, context.domain)
    if before is None or before.type is None:
        return not loss_from_unknown_type(new, explicitly=False)[0]
    return not conversion_loss(base_type(before.type, context.domain), new, explicitly=False)


def _takes_the_name(copied: Name, operation: DropColumn, context: Context) -> bool:
    """Whether the copy is renamed to the column, before the transaction ends, and stays."""
    renamed = False
    for change in context.later(Transaction, Rename, DropColumn, Update):
        match change:
            case Transaction() if not renamed:
                return False
            case Rename(kind=ObjectKind.COLUMN, name=table, part=part, new_name=new) if context.same(
                table, operation.table
            ):
                renamed = renamed or (not change.inside and part == copied and new == operation.column)
            case DropColumn(table=table, column=column) if context.same(table, operation.table):
                if column in (copied, operation.column):
                    return False
            case Update(table=table, columns=columns) if context.same(table, operation.table):
                if {copied, operation.column} & {*columns}:
                    return False
    return renamed
