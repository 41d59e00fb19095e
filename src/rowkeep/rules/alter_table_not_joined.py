"""Several ALTER TABLE statements change one table.

## When

A migration alters the same table, which existed before, in two statements in a row.

## Harm

Each statement requests the lock again, and is planned and checked separately. One statement with several clauses is
shorter to read and does everything at once. If the statements read the table, `table-scanned-again` matters more.

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
from rowkeep.domain.lint.hint import Sentence
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
    for earlier, later in pairwise(context.operations):
        first, second = _find_altered_table(earlier), _find_altered_table(later)
        if first is None or second is None or earlier.inside or later.inside or not context.same(first, second):
            continue
        if ";" in text[earlier.span.end : later.span.start] and not context.is_new(second):
            hint = Sentence(f"write one ALTER TABLE {second} with all the clauses")
            yield Violation(later.span, f"alters {second} once more", hint)


def _find_altered_table(operation: Operation) -> Name | None:
    return operation.table if isinstance(operation, _CLAUSES) and operation.table.name else None
