"""A composite type loses an attribute, and every row loses its value.

## When

`ALTER TYPE … DROP ATTRIBUTE` of a type that existed before this migration. Adding an attribute or changing its type is
a warning: rows that are built as `ROW(…)` then have one value too few.

## Harm

Columns of the type no longer hold the value, and only a backup brings it back.

## Given

```sql
CREATE TYPE size AS (length int, depth int);
CREATE TABLE parcels (id bigint PRIMARY KEY, size size);
```

## Unsafe

```sql
ALTER TYPE size DROP ATTRIBUTE depth;
```

## Safe

Keep the attribute, and write NULL into it.

```sql
COMMENT ON COLUMN size.depth IS 'not written any more';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AlterObject, ObjectKind

RULE = Rule(
    __name__,
    code="D206",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=("squawk:ban-add-composite-attribute",),
)


@RULE.on(AlterObject)
def check(operation: AlterObject, context: Context) -> Iterator[Violation]:
    """DROP ATTRIBUTE, ADD ATTRIBUTE, ALTER ATTRIBUTE."""
    if (
        operation.kind is not ObjectKind.TYPE
        or "ATTRIBUTE" not in operation.action
        or context.has_made(operation.kind, operation.name)
    ):
        return
    attribute = dict(operation.options).get("attribute", "<attribute>")
    drops = operation.action == "DROP ATTRIBUTE"
    yield Violation(
        operation.span,
        f"drops {operation.name}.{attribute} with its value in every row"
        if drops
        else f"queries that build a row of {operation.name} no longer match it",
        f"COMMENT ON COLUMN {operation.name}.{attribute} IS 'not written any more';"
        if drops
        else Sentence(f"leave {operation.name} as it is, and create a new type"),
        doubtful=not drops,
    )
