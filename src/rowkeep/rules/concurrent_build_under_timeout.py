"""A timeout can cancel CREATE INDEX CONCURRENTLY halfway.

## When

The migration sets `statement_timeout` to more than 0 before it builds or drops an index concurrently, or detaches a
partition concurrently, and has not reset it. `lock_timeout`, which only counts while it waits, is a note.

## Harm

The build takes long and waits for every older transaction to end. A timeout that fits other statements cancels it
halfway. An invalid index stays, which slows down every write and helps no query.

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
    """A command that is slow on purpose, under a timeout that this migration has set."""
    words = find_non_transactional_command(operation)
    if "CONCURRENTLY" not in words:
        return
    for variable in _TIMEOUTS:
        value = context.setting(variable)
        if value is not None and value.strip().rstrip("msindh ") not in ("", "0"):
            yield Violation(
                operation.span,
                f"{variable} = {value} can cancel {words} halfway, and what is half done stays",
                f"SET {variable} = 0;",
                faint=variable == "lock_timeout",
            )


for kind in (CreateIndex, DropObject, Reindex, DetachPartition):
    RULE.on(kind)(check)
