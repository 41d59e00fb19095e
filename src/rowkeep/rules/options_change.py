"""An option of a function or view changes how it behaves for everybody.

## When

`ALTER FUNCTION` with `STRICT`, `CALLED ON NULL INPUT`, `PARALLEL`, `LEAKPROOF` or `SET`, or `ALTER VIEW` with
`security_invoker`, `security_barrier` or `check_option`, of something that existed before this migration.

## Harm

The old version runs with the new option from the commit on: a `STRICT` function returns NULL without running, a view
with `security_invoker` reads with the rights of whoever queries it.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, state text);
CREATE VIEW open_orders AS SELECT id, state FROM orders WHERE state = 'open';
```

## Unsafe

```sql
ALTER VIEW open_orders SET (check_option = local);
```

## Safe

```sql
CREATE VIEW writable_orders WITH (check_option = local) AS SELECT id, state FROM orders WHERE state = 'open';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AlterFunction, AlterTable, ObjectKind

RULE = Rule(
    __name__,
    code="C214",
    category=Category.COMPATIBILITY,
    severity=Severity.NOTE,
    peers=(
        "squawk:ban-alter-function-options",
        "squawk:ban-alter-view-options",
    ),
)
_OF_FUNCTIONS = ("strict", "parallel", "leakproof", "set")
_OF_VIEWS = ("security_invoker", "security_barrier", "check_option")


@RULE.on(AlterFunction)
def check_function(operation: AlterFunction, context: Context) -> Iterator[Violation]:
    """ALTER FUNCTION … options that change what it answers."""
    changed = [name for name, _ in operation.options if name in _OF_FUNCTIONS]
    made = any(context.has_made(kind, operation.function) for kind in (ObjectKind.FUNCTION, ObjectKind.PROCEDURE))
    if changed and not made:
        message = f"{operation.function} changes for every version of the application ({', '.join(changed)})"
        yield Violation(operation.span, message, Sentence("create a function with a new name instead"))


@RULE.on(AlterTable)
def check_view(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """ALTER VIEW … SET."""
    changed = [name for name, _ in operation.options if name in _OF_VIEWS]
    if (
        operation.action in ("SetRelOptions", "ResetRelOptions")
        and changed
        and not context.has_made(ObjectKind.VIEW, operation.table)
    ):
        message = f"{operation.table} changes for every version of the application ({', '.join(changed)})"
        yield Violation(operation.span, message, Sentence("create a view with a new name instead"))
