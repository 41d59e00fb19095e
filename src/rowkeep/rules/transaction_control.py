"""BEGIN, COMMIT or ROLLBACK in a migration.

## When

A migration begins or ends a transaction itself. A `DO` block or a procedure that commits in its own loop runs outside
a transaction anyway and is not a finding.

## Harm

Rowkeep runs a migration and its record in the history as one transaction. A `COMMIT` inside ends it early: if the rest
fails, half of the migration stays applied and the history does not show it. Rowkeep refuses to run such a file.

## Given

```sql
CREATE TABLE users (id bigint PRIMARY KEY);
```

## Unsafe

```sql
BEGIN;
ALTER TABLE users ADD COLUMN IF NOT EXISTS a int;
COMMIT;
```

## Safe

Leave it out. What must commit separately goes into its own migration.

```sql
ALTER TABLE users ADD COLUMN IF NOT EXISTS a int;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import Transaction

RULE = Rule(
    __name__,
    code="T001",
    category=Category.TRANSACTION,
    severity=Severity.ERROR,
    peers=(
        "squawk:transaction-nesting",
        "squawk:ban-uncommitted-transaction",
        "pgfence:unclosed-transaction",
        "pgls:transactionNesting",
    ),
)

_INNER = ("SAVEPOINT", "RELEASE", "ROLLBACK TO")


@RULE.on(Transaction)
def check(operation: Transaction, context: Context) -> Iterator[Violation]:
    """A statement that controls the migration's own transaction."""
    if operation.action in _INNER or operation.inside:
        return
    yield Violation(
        operation.span,
        f"{operation.action} is not allowed here: the migration and its record run in one transaction",
        Sentence("remove it, and put what must commit separately into its own migration"),
    )
