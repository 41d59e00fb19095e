"""Text that is not valid PostgreSQL SQL.

## When

PostgreSQL's own grammar (of version 18) refuses a statement, or a statement in a `DO` block or a function body.

## Harm

The migration cannot run, and Rowkeep cannot tell what the statement was meant to do. The other statements of the file
are checked all the same.

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS books (id bigint PRIMARY KEY,, title text);
```

```sql
DO $$
BEGIN
  ALTER TABEL books ADD COLUMN IF NOT EXISTS isbn text;
END
$$;
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS books (id bigint PRIMARY KEY, title text);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import UnreadableSql

RULE = Rule(
    __name__,
    code="T002",
    category=Category.TRANSACTION,
    severity=Severity.ERROR,
    peers=("squawk:syntax-error",),
    stored=True,
)


@RULE.on(UnreadableSql)
def check(operation: UnreadableSql, context: Context) -> Iterator[Violation]:
    """A statement that the parser refused, with its own message."""
    yield Violation(operation.span, operation.message, "")
