"""DROP TYPE takes a type away from the application that runs.

## When

A type or domain is dropped that was there before this migration, under a name that it had then.

## Harm

PostgreSQL refuses as long as a column is of the type. Casts and parameters in the queries of the old version are not
asked: they fail at once.

## Given

```sql
CREATE TYPE mood AS ENUM ('sad', 'happy');
```

## Unsafe

```sql
DROP TYPE mood;
```

## Safe

Leave it until no version of the application names it; it costs nothing.

```sql
COMMENT ON TYPE mood IS 'not used by any table any more';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import DropObject, ObjectKind, Rename
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="C208",
    promise=Promise.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-drop-type",
        "squawk:ban-drop-domain",
    ),
)


@RULE.on(DropObject)
def check(act: DropObject, context: Context) -> Iterator[Fault]:
    """A type that somebody may name."""
    if act.kind not in (ObjectKind.TYPE, ObjectKind.DOMAIN) or context.has_made(act.kind, act.name):
        return
    if any(
        isinstance(earlier, Rename) and earlier.new_name.name == act.name.name for earlier in context.earlier(Rename)
    ):
        return
    yield Fault(
        act.span,
        f"the running application no longer finds the {act.kind.value} {act.name}",
        f"COMMENT ON {act.kind.value.upper()} {act.name} IS 'not used by any table any more';",
    )
