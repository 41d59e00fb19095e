"""DROP DATABASE deletes a whole database.

## When

Always: no migration of one database needs to drop another.

## Harm

Everything in it is gone at once, and no transaction can roll that back.

## Given

```sql
CREATE DATABASE shop_old;
```

## Unsafe

```sql
DROP DATABASE shop_old;
```

## Safe

Forbid connections first, keep a proven backup, and drop the database by hand when you are sure that nobody needs it.

```sql
ALTER DATABASE shop_old WITH ALLOW_CONNECTIONS false;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import DropObject, ObjectKind

RULE = Rule(
    __name__,
    code="D004",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-drop-database",
        "pgfence:drop-database",
        "pgls:banDropDatabase",
        "safe-migrate:drop-database",
    ),
)


@RULE.on(DropObject)
def check(operation: DropObject, context: Context) -> Iterator[Violation]:
    """A database, or the tablespace that may hold one."""
    if operation.kind in (ObjectKind.DATABASE, ObjectKind.TABLESPACE):
        hint = f"ALTER DATABASE {operation.name} WITH ALLOW_CONNECTIONS false;"
        whole = operation.kind is ObjectKind.DATABASE
        yield Violation(operation.span, f"drops the {operation.kind.value} {operation.name}", hint if whole else "")
