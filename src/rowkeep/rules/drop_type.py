"""DROP TYPE removes a type that the running application may name.

## When

A type or domain is dropped that existed before this migration, under the name it had then.

## Harm

PostgreSQL refuses while a column has the type. It does not check casts and parameters in the queries of the old
version: they fail at once.

## Given

```sql
CREATE TYPE mood AS ENUM ('sad', 'happy');
```

## Unsafe

```sql
DROP TYPE mood;
```

## Safe

Keep it until no version of the application names it; it costs nothing.

```sql
COMMENT ON TYPE mood IS 'not used by any table any more';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import DropObject, ObjectKind, Rename

RULE = Rule(
    __name__,
    code="C208",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-drop-type",
        "squawk:ban-drop-domain",
    ),
)


@RULE.on(DropObject)
def check(operation: DropObject, context: Context) -> Iterator[Violation]:
    """A type that somebody may name."""
    if operation.kind not in (ObjectKind.TYPE, ObjectKind.DOMAIN) or context.has_made(operation.kind, operation.name):
        return
    if any(
        isinstance(earlier, Rename) and earlier.new_name.name == operation.name.name
        for earlier in context.earlier(Rename)
    ):
        return
    yield Violation(
        operation.span,
        f"the running application no longer finds the {operation.kind.value} {operation.name}",
        f"COMMENT ON {operation.kind.value.upper()} {operation.name} IS 'not used by any table any more';",
    )
