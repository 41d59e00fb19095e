"""DROP EXTENSION removes types, functions and operators.

## When

An extension is dropped that this migration has not created.

## Harm

All its functions, types, operators and tables are dropped. `CASCADE` also drops every column of its types, every index
with its operator classes and every default that calls it; the statement names none of them.

## Given

```sql
-- needs hstore
CREATE EXTENSION hstore;
```

## Unsafe

```sql
-- needs hstore
DROP EXTENSION hstore;
```

## Safe

An extension that nobody uses costs nothing.

```sql
-- needs hstore
COMMENT ON EXTENSION hstore IS 'not used any more';
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
    code="D202",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=("squawk:ban-drop-extension",),
)


@RULE.on(DropObject)
def check(operation: DropObject, context: Context) -> Iterator[Violation]:
    """An extension that was there before."""
    if operation.kind is not ObjectKind.EXTENSION or context.has_made(operation.kind, operation.name):
        return
    rest = ", and every column and index that uses them" if operation.cascade else ""
    yield Violation(
        operation.span,
        f"drops all functions and types of {operation.name}{rest}",
        f"COMMENT ON EXTENSION {operation.name} IS 'not used any more';",
    )
