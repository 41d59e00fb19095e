"""DROP FUNCTION removes a function that the running application may call.

## When

A function, procedure or aggregate is dropped that existed before this migration, unless the migration creates it again
with the same arguments. The function of a trigger is not a finding: nobody can call it.

## Harm

Every query of the old version that calls it fails. PostgreSQL does not check whether other functions call it: they
fail when they run.

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

Keep the old function beside the new one until nobody calls it.

```sql
CREATE OR REPLACE FUNCTION price(cents int, country text) RETURNS int LANGUAGE sql AS 'SELECT cents';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CreateFunction, DropObject, ObjectKind

RULE = Rule(
    __name__,
    code="C207",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-drop-function",
        "safe-migrate:broken-compute",
        "pg-schema-diff:HAS_UNTRACKABLE_DEPENDENCIES",
    ),
)
_FUNCTIONS = (ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE, ObjectKind.AGGREGATE)


@RULE.on(DropObject)
def check(operation: DropObject, context: Context) -> Iterator[Violation]:
    """A function that somebody may call."""
    if operation.kind not in _FUNCTIONS or any(context.has_made(kind, operation.name) for kind in _FUNCTIONS):
        return
    known = context.function(operation.name)
    if known is not None and known.returns in ("trigger", "event_trigger"):
        return
    for later in context.later(CreateFunction):
        if isinstance(later, CreateFunction) and not later.is_stored and context.same(later.function, operation.name):
            if operation.arguments is None or operation.arguments == later.types:
                return
            break
    arguments = f"({', '.join(operation.arguments)})" if operation.arguments is not None else ""
    yield Violation(
        operation.span,
        f"the running application no longer finds the {operation.kind.value} {operation.name}{arguments}",
        Sentence(f"keep {operation.name}{arguments} beside the new function until nobody calls it"),
    )
