"""DROP SEQUENCE forgets which numbers it has given out.

## When

A sequence is dropped that existed before this migration.

## Harm

The current value is gone when the migration commits: a new sequence gives out the old numbers again. The old version,
which calls `nextval()`, fails at once.

## Given

```sql
CREATE SEQUENCE invoice_numbers;
```

## Unsafe

```sql
DROP SEQUENCE invoice_numbers;
```

## Safe

Keep it under another name.

```sql
ALTER SEQUENCE invoice_numbers RENAME TO invoice_numbers_retired;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import DropObject, ObjectKind
from rowkeep.knowledge.forms.recipes import join_names

RULE = Rule(
    __name__,
    code="D201",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=("squawk:ban-drop-sequence",),
    claims=(LockClaim("invoice_numbers", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(DropObject)
def check(operation: DropObject, context: Context) -> Iterator[Violation]:
    """A sequence that has given out numbers."""
    if operation.kind is not ObjectKind.SEQUENCE or context.has_made(operation.kind, operation.name):
        return
    yield Violation(
        operation.span,
        f"drops the sequence {operation.name} with its current value",
        f"ALTER SEQUENCE {operation.name} RENAME TO {join_names(operation.name.name, 'retired')};",
    )
