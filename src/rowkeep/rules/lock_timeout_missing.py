"""A table is locked without a lock_timeout of the migration's own.

## When

The migration locks a table that was there before against its writers, and has not set `lock_timeout` before.

Off by default, because Rowkeep brings its own budget for locks (`lock-timeout-ms`, `statement-timeout-ms`). It is for
directories that another tool runs: `--select` it, or give it a severity in `[rules.severity]`.

## Harm

Without a limit a statement that waits for a lock makes everybody who comes after it wait too, for as long as one old
transaction goes on.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
```

## Unsafe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS gift boolean;
```

## Safe

```sql
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN IF NOT EXISTS gift boolean;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import SectionEnd, SetVariable
from rowkeep.knowledge.blocking_locks import find_blocking_locks

RULE = Rule(
    __name__,
    code="L309",
    category=Category.LOCK,
    severity=Severity.OFF,
    peers=(
        "squawk:require-lock-timeout",
        "squawk:require-timeout-settings",
        "eugene:E9",
        "pgfence:missing-lock-timeout",
        "pgfence:lock-timeout-after-dangerous-statement",
        "pgls:lockTimeoutWarning",
        "strong_migrations:lock_timeout",
    ),
)


@RULE.on(SectionEnd)
def check(operation: SectionEnd, context: Context) -> Iterator[Violation]:
    """The first statement that locks a table of others."""
    for place, name, _ in find_blocking_locks(context):
        if not any(_sets(context, earlier) for earlier in range(place)):
            message = f"waits for {name} for as long as it takes: nothing has set lock_timeout"
            yield Violation(context.operations[place].span, message, "SET LOCAL lock_timeout = '2s';")
        return


def _sets(context: Context, place: int) -> bool:
    operation = context.operations[place]
    return isinstance(operation, SetVariable) and operation.name == "lock_timeout" and operation.value is not None
