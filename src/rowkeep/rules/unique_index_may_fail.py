"""A unique index on rows that may have duplicates.

## When

A unique index is created on a table that existed before, unless a unique index or constraint on the same columns is
known, or one is dropped in the same migration.

## Harm

If two rows have the same values, the build fails. With `CONCURRENTLY` it then leaves an invalid index, which still
refuses rows; the next `IF NOT EXISTS` finds it and does nothing. Rowkeep removes it, other programs do not.

## Given

```sql
CREATE TABLE users (id bigint PRIMARY KEY, email text);
```

## Unsafe

```sql
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_email_key ON users (email);
```

## Safe

Look first: the rehearsal of `rowkeep deploy` builds the index on the real rows of the backup.

```sql
SELECT email, count(*) FROM users GROUP BY email HAVING count(*) > 1;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import ConstraintKind, CreateIndex, DropConstraint, DropObject, ObjectKind

RULE = Rule(
    __name__,
    code="R200",
    category=Category.REPEAT,
    severity=Severity.NOTE,
    peers=(
        "atlas:MF101",
        "atlas:MF102",
        "strong_migrations:remove_invalid_indexes",
        "safe-pg-migrations:idempotent_statements",
    ),
)
_UNIQUE = (ConstraintKind.UNIQUE, ConstraintKind.PRIMARY_KEY)


@RULE.on(CreateIndex)
def check(operation: CreateIndex, context: Context) -> Iterator[Violation]:
    """A unique index on existing rows."""
    if not operation.unique or operation.only or context.is_new(operation.table) or _is_known(operation, context):
        return
    columns = ", ".join(str(column) for column in operation.columns if column is not None) or "<columns>"
    shown = "key" if columns == "<columns>" else columns
    left = ", and leaves an invalid index behind" if operation.concurrently else ""
    yield Violation(
        operation.span,
        f"fails if two rows of {operation.table} have the same {shown}{left}",
        f"SELECT {columns}, count(*) FROM {operation.table} GROUP BY {columns} HAVING count(*) > 1;",
    )


def _is_known(operation: CreateIndex, context: Context) -> bool:
    """Whether something on the table already keeps the rows unique, or did until this migration."""
    key, columns = context.key(operation.table), {column.name if column else None for column in operation.columns}
    for index in context.known.indexes.of(key):
        if index.unique and set(index.columns) <= columns:
            return True
    table = context.table(operation.table)
    for known in table.constraints if table is not None else ():
        if known.constraint.kind in _UNIQUE and {column.name for column in known.constraint.columns} <= columns:
            return True
    for earlier in context.earlier(DropConstraint, DropObject):
        if isinstance(earlier, DropConstraint) and context.same(earlier.table, operation.table):
            return True
        if isinstance(earlier, DropObject) and earlier.kind is ObjectKind.INDEX:
            return True
    return False
