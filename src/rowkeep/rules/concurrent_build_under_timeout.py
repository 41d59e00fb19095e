"""A timeout can cut off CREATE INDEX CONCURRENTLY in the middle.

## When

The migration has set `statement_timeout` to more than 0 before it builds or drops an index concurrently, or detaches
a partition so, and has not set it back. `lock_timeout`, which only counts while it waits, is a note.

## Harm

The build takes as long as it takes, and waits for every older transaction to end. A timeout that fits other statements
stops it half-way; an invalid index stays behind, which costs every write and helps no query.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
```

## Unsafe

```sql
SET statement_timeout = '5s';
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_email_idx ON orders (email);
```

## Safe

```sql
SET statement_timeout = 0;
SET lock_timeout = 0;
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_email_idx ON orders (email);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CreateIndex, DetachPartition, DropObject, Operation, Reindex
from rowkeep.knowledge.non_transactional import find_non_transactional_command

RULE = Rule(
    __name__,
    code="R201",
    category=Category.REPEAT,
    severity=Severity.WARNING,
    peers=("strong_migrations:remove_invalid_indexes", "pg-schema-diff:INDEX_BUILD"),
)
_TIMEOUTS = ("statement_timeout", "lock_timeout", "transaction_timeout")


def check(operation: Operation, context: Context) -> Iterator[Violation]:
    """Whatever is slow on purpose, under a timeout that this migration has set."""
    words = find_non_transactional_command(operation)
    if "CONCURRENTLY" not in words:
        return
    for variable in _TIMEOUTS:
        value = context.setting(variable)
        if value is not None and value.strip().rstrip("msindh ") not in ("", "0"):
            yield Violation(
                operation.span,
                f"{variable} = {value} can stop {words} half-way, and what is half done stays",
                f"SET {variable} = 0;",
                faint=variable == "lock_timeout",
            )


for kind in (CreateIndex, DropObject, Reindex, DetachPartition):
    RULE.on(kind)(check)
