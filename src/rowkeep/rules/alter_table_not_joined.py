"""Several ALTER TABLE statements change one table.

## When

A migration alters the same table, which was there before, in two statements that follow each other.

## Harm

Each statement asks for the lock anew, and is planned and checked by itself. One statement with several clauses is
shorter to read, and all of it happens at once. Where the statements read the table, `table-scanned-again` counts more.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
```

## Unsafe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text;
ALTER TABLE orders ADD COLUMN IF NOT EXISTS gift boolean;
```

## Safe

```sql
ALTER TABLE orders
  ADD COLUMN IF NOT EXISTS note text,
  ADD COLUMN IF NOT EXISTS gift boolean;
```
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    AlterTable,
    ChangeDefault,
    ChangeType,
    DropColumn,
    DropConstraint,
    DropNotNull,
    Name,
    Operation,
    SectionEnd,
    SetNotNull,
)

RULE = Rule(
    __name__,
    code="Y309",
    category=Category.STYLE,
    severity=Severity.WARNING,
    peers=("eugene:W12", "pgls:multipleAlterTable"),
)
_CLAUSES = (
    AddColumn,
    AddConstraint,
    AlterTable,
    ChangeDefault,
    ChangeType,
    DropColumn,
    DropConstraint,
    DropNotNull,
    SetNotNull,
)


@RULE.on(SectionEnd)
def check(operation: SectionEnd, context: Context) -> Iterator[Violation]:
    """Two neighbours that change the same table."""
    text = context.migration.source.text
    for one, other in pairwise(context.operations):
        first, second = _altered(one), _altered(other)
        if first is None or second is None or one.inside or other.inside or not context.same(first, second):
            continue
        if ";" in text[one.span.end : other.span.start] and not context.is_new(second):
            yield Violation(other.span, f"alters {second} once more", f"ALTER TABLE {second} …, …;")


def _altered(operation: Operation) -> Name | None:
    return operation.table if isinstance(operation, _CLAUSES) and operation.table.name else None
