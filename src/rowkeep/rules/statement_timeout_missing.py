"""A table is locked without a statement_timeout of the migration's own.

## When

The migration locks a table that was there before against its writers, and has not set `statement_timeout` before.

Off by default, because Rowkeep brings its own budget for locks (`lock-timeout-ms`, `statement-timeout-ms`). It is for
directories that another tool runs: `--select` it, or give it a severity in `[rules.severity]`.

## Harm

A statement that takes longer than anybody thought holds its lock for as long as it runs.

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
SET LOCAL statement_timeout = '30s';
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
    code="L310",
    category=Category.LOCK,
    severity=Severity.OFF,
    peers=(
        "squawk:require-statement-timeout",
        "squawk:require-timeout-settings",
        "pgfence:missing-statement-timeout",
        "pgls:requireStatementTimeout",
    ),
)


@RULE.on(SectionEnd)
def check(operation: SectionEnd, context: Context) -> Iterator[Violation]:
    """The first statement that locks a table of others."""
    for place, name, _ in find_blocking_locks(context):
        if not any(_sets(context, earlier) for earlier in range(place)):
            message = f"locks {name} for as long as the statement runs: nothing has set statement_timeout"
            yield Violation(context.operations[place].span, message, "SET LOCAL statement_timeout = '30s';")
        return


def _sets(context: Context, place: int) -> bool:
    operation = context.operations[place]
    return isinstance(operation, SetVariable) and operation.name == "statement_timeout" and operation.value is not None
