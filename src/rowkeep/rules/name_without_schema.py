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

from rowkeep.domain.act import (
    Act,
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
    Persistence,
)
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="Y307",
    promise=Promise.STYLE,
    severity=Severity.WARNING,
    peers=("squawk:require-table-schema",),
)


@RULE.on(CreateTable)
def created(act: CreateTable, context: Context) -> Iterator[Fault]:
    """A lasting table."""
    if act.persistence is not Persistence.TEMPORARY:
        yield from _found(act, act.table, context)


@RULE.on(AddColumn)
@RULE.on(AddConstraint)
@RULE.on(AlterTable)
@RULE.on(ChangeType)
@RULE.on(CreateIndex)
@RULE.on(DropColumn)
def altered(
    act: AddColumn | AddConstraint | AlterTable | ChangeType | CreateIndex | DropColumn, context: Context
) -> Iterator[Fault]:
    """A table that is altered."""
    yield from _found(act, act.table, context)


@RULE.on(DropObject)
def dropped(act: DropObject, context: Context) -> Iterator[Fault]:
    """A table that is dropped."""
    if act.kind is ObjectKind.TABLE:
        yield from _found(act, act.name, context)


def _found(act: Act, table: Name, context: Context) -> Iterator[Fault]:
    known = context.table(table)
    if table.name and table.schema is None and not (known is not None and known.is_temporary):
        yield Fault(act.span, f"which {table} is meant depends on the search_path", f"public.{table}")
