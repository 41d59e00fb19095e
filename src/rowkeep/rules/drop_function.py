"""DROP FUNCTION takes a function away from the application that runs.

## When

A function, procedure or aggregate is dropped that was there before this migration, unless the migration creates it
again with the same arguments. The function of a trigger is nobody's to call, and no finding.

## Harm

Every query of the old version that calls it fails. Functions that call it are not asked: they fail when they run.

## Given

```sql
CREATE FUNCTION price(cents int) RETURNS int LANGUAGE sql AS 'SELECT cents';
```

## Unsafe

```sql
DROP FUNCTION IF EXISTS price(int);
CREATE FUNCTION price(cents int, country text) RETURNS int LANGUAGE sql AS 'SELECT cents';
```

## Safe

Let the new one stand beside the old one until nobody calls that any more.

```sql
CREATE OR REPLACE FUNCTION price(cents int, country text) RETURNS int LANGUAGE sql AS 'SELECT cents';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import CreateFunction, DropObject, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="C207",
    promise=Promise.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-drop-function",
        "safe-migrate:broken-compute",
        "pg-schema-diff:HAS_UNTRACKABLE_DEPENDENCIES",
    ),
)
_FUNCTIONS = (ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE, ObjectKind.AGGREGATE)


@RULE.on(DropObject)
def check(act: DropObject, context: Context) -> Iterator[Fault]:
    """A function that somebody may call."""
    if act.kind not in _FUNCTIONS or any(context.has_made(kind, act.name) for kind in _FUNCTIONS):
        return
    known = context.function(act.name)
    if known is not None and known.returns in ("trigger", "event_trigger"):
        return
    for later in context.later(CreateFunction):
        if isinstance(later, CreateFunction) and not later.is_stored and context.same(later.function, act.name):
            if act.arguments is None or act.arguments == later.types:
                return
            break
    arguments = f"({', '.join(act.arguments)})" if act.arguments is not None else ""
    yield Fault(
        act.span,
        f"the running application no longer finds the {act.kind.value} {act.name}{arguments}",
        f"keep {act.name}{arguments} beside the new one until nobody calls it",
    )
