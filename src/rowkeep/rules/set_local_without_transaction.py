"""SET LOCAL outside a transaction has no effect.

## When

`SET LOCAL`, or `set_config(…, true)`, in a migration that cannot run in a transaction, because of one of its
statements.

## Harm

PostgreSQL only warns. The following statements run without the setting: without the timeout, under another
`search_path`, as another role.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);
```

## Unsafe

```sql
SET LOCAL lock_timeout = '2s';
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_total_idx ON orders (total);
```

## Safe

```sql
SET lock_timeout = '2s';
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_total_idx ON orders (total);
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import FrameKind, SetVariable

RULE = Rule(__name__, code="T300", category=Category.TRANSACTION, severity=Severity.WARNING)


@RULE.on(SetVariable)
def check(operation: SetVariable, context: Context) -> Iterator[Violation]:
    """A setting for the rest of a transaction, where there is none."""
    # A DO block is a transaction of its own, for as long as it runs.
    if operation.is_local and context.alone and not operation.is_within(FrameKind.DO, FrameKind.CALL):
        message = (
            f"{operation.name} keeps its value: this migration runs without a transaction, so LOCAL has no effect"
        )
        yield Violation(operation.span, message, f"SET {operation.name} = {_write_value(operation.value)};")


def _write_value(value: str | None) -> str:
    """Write a value as SET takes it: in quotes unless it is a number."""
    if value is None:
        return "DEFAULT"
    if re.fullmatch(r"-?\d+(?:\.\d+)?", value):
        return value
    escaped = value.replace("'", "''")
    return f"'{escaped}'"
