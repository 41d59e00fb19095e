"""A column gets another default: INSERTs of the running application store another value.

## When

`SET DEFAULT` on a table that existed before this migration. Off by default: usually this is what you want.

## Harm

From the commit on, rows of the running version get the new value where it expects the old one. Applications that read
the default at start-up and write it themselves (ActiveRecord's partial inserts) store the old one.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, currency text NOT NULL DEFAULT 'EUR');
```

## Unsafe

```sql
ALTER TABLE orders ALTER COLUMN currency SET DEFAULT 'CHF';
```

## Safe

```sql
COMMENT ON COLUMN orders.currency IS 'the application writes it; the default stays EUR';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import ChangeDefault

RULE = Rule(
    __name__,
    code="Y120",
    category=Category.STYLE,
    severity=Severity.NOTE,
    peers=(
        "squawk:ban-set-default",
        "strong_migrations:change_column_default",
        "online_migrations:change_column_default",
    ),
)


@RULE.on(ChangeDefault)
def check(operation: ChangeDefault, context: Context) -> Iterator[Violation]:
    """Another value for the same INSERT."""
    if (
        operation.default is None
        or context.is_new(operation.table)
        or context.has_added(operation.table, operation.column)
    ):
        return
    yield Violation(
        operation.span,
        f"INSERTs into {operation.table} that leave {operation.column} out store {operation.default.text} from now on",
        Sentence("let the application write the value itself, then change the default"),
        doubtful=context.is_doubtful(operation.table),
    )
