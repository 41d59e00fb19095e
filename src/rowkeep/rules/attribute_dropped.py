"""A composite type loses an attribute, with its value in every row.

## When

`ALTER TYPE … DROP ATTRIBUTE` of a type that was there before this migration. To add an attribute or to change its type
is a warning: rows that are built as `ROW(…)` have one value too few.

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

Leave the attribute, and write NULL into it.

```sql
COMMENT ON COLUMN size.depth IS 'not written any more';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AlterObject, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="D206",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    peers=("squawk:ban-add-composite-attribute",),
)


@RULE.on(AlterObject)
def check(act: AlterObject, context: Context) -> Iterator[Fault]:
    """DROP ATTRIBUTE, ADD ATTRIBUTE, ALTER ATTRIBUTE."""
    if act.kind is not ObjectKind.TYPE or "ATTRIBUTE" not in act.action or context.has_made(act.kind, act.name):
        return
    attribute = dict(act.options).get("attribute", "…")
    drops = act.action == "DROP ATTRIBUTE"
    yield Fault(
        act.span,
        f"drops {act.name}.{attribute} with its value in every row"
        if drops
        else f"queries that build a row of {act.name} no longer fit it",
        f"COMMENT ON COLUMN {act.name}.{attribute} IS 'not written any more';" if drops else "a new type beside it",
        doubtful=not drops,
    )
