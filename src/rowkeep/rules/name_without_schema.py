"""A name without a schema depends on the search_path.

## When

A table is made, altered or dropped by its bare name. Temporary tables have no schema to say.

## Harm

Which table is meant, and where a new one goes, is decided by the `search_path` of the session: another role or another
tool may have another one.

## Given

```sql
CREATE TABLE public.orders (id bigint PRIMARY KEY);
```

## Unsafe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text;
```

## Safe

```sql
ALTER TABLE public.orders ADD COLUMN IF NOT EXISTS note text;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    AlterTable,
    ChangeType,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropObject,
    Name,
    ObjectKind,
    Operation,
    Persistence,
)

RULE = Rule(
    __name__,
    code="Y307",
    category=Category.STYLE,
    severity=Severity.WARNING,
    peers=("squawk:require-table-schema",),
)


@RULE.on(CreateTable)
def created(operation: CreateTable, context: Context) -> Iterator[Violation]:
    """A lasting table."""
    if operation.persistence is not Persistence.TEMPORARY:
        yield from _found(operation, operation.table, context)


@RULE.on(AddColumn)
@RULE.on(AddConstraint)
@RULE.on(AlterTable)
@RULE.on(ChangeType)
@RULE.on(CreateIndex)
@RULE.on(DropColumn)
def altered(
    operation: AddColumn | AddConstraint | AlterTable | ChangeType | CreateIndex | DropColumn, context: Context
) -> Iterator[Violation]:
    """A table that is altered."""
    yield from _found(operation, operation.table, context)


@RULE.on(DropObject)
def dropped(operation: DropObject, context: Context) -> Iterator[Violation]:
    """A table that is dropped."""
    if operation.kind is ObjectKind.TABLE:
        yield from _found(operation, operation.name, context)


def _found(operation: Operation, table: Name, context: Context) -> Iterator[Violation]:
    known = context.table(table)
    if table.name and table.schema is None and not (known is not None and known.is_temporary):
        yield Violation(operation.span, f"which {table} is meant depends on the search_path", f"public.{table}")
