"""DROP EXTENSION takes types, functions and operators.

## When

An extension is dropped that this migration has not made.

## Harm

All its functions, types, operators and its own tables go. With `CASCADE` every column of its types, every index with
its operator classes and every default that calls it goes as well; the statement names none of them.

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

from rowkeep.domain.act import DropObject, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="D202",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    peers=("squawk:ban-drop-extension",),
)


@RULE.on(DropObject)
def check(act: DropObject, context: Context) -> Iterator[Fault]:
    """An extension that was there before."""
    if act.kind is not ObjectKind.EXTENSION or context.has_made(act.kind, act.name):
        return
    rest = ", and every column and index that is made of them" if act.cascade else ""
    yield Fault(
        act.span,
        f"drops all functions and types of {act.name}{rest}",
        f"COMMENT ON EXTENSION {act.name} IS 'not used any more';",
    )
