"""A statement that Rowkeep does not know.

## When

PostgreSQL's grammar takes the statement, but none of the acts that the rules judge describes it.

## Harm

Nobody has looked at what it locks or loses. It is rarely dangerous; it is never silently called safe.

## Unsafe

```sql
LOAD 'auto_explain';
```

## Safe

```sql
COMMENT ON SCHEMA public IS 'the shop';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import Unmodelled

RULE = Rule(__name__, code="D012", category=Category.DATA, severity=Severity.WARNING)


@RULE.on(Unmodelled)
def check(operation: Unmodelled, context: Context) -> Iterator[Violation]:
    """Whatever has no act of its own."""
    words = operation.node.removesuffix("Stmt")
    yield Violation(
        operation.span, f"this statement ({words}) is not one that Rowkeep can judge", "have somebody else read it"
    )
