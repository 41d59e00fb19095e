"""What a name without a schema means depends on the search_path.

## When

A table is created, altered or dropped by its bare name. Temporary tables are not findings.

## Harm

The `search_path` of the session decides which table is meant and where a new one is created: another role or another
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
from rowkeep.domain.lint.hint import Sentence
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
def check_create(operation: CreateTable, context: Context) -> Iterator[Violation]:
    """A table that is not temporary."""
    if operation.persistence is not Persistence.TEMPORARY:
        yield from _check_name(operation, operation.table, context)


@RULE.on(AddColumn)
@RULE.on(AddConstraint)
@RULE.on(AlterTable)
@RULE.on(ChangeType)
@RULE.on(CreateIndex)
@RULE.on(DropColumn)
def check_alter(
    operation: AddColumn | AddConstraint | AlterTable | ChangeType | CreateIndex | DropColumn, context: Context
) -> Iterator[Violation]:
    """A table that is altered."""
    yield from _check_name(operation, operation.table, context)


@RULE.on(DropObject)
def check_drop(operation: DropObject, context: Context) -> Iterator[Violation]:
    """A table that is dropped."""
    if operation.kind is ObjectKind.TABLE:
        yield from _check_name(operation, operation.name, context)


def _check_name(operation: Operation, table: Name, context: Context) -> Iterator[Violation]:
    known = context.table(table)
    if table.name and table.schema is None and not (known is not None and known.is_temporary):
        hint = Sentence(f"name the schema: public.{table}")
        yield Violation(operation.span, f"which {table} is meant depends on the search_path", hint)
