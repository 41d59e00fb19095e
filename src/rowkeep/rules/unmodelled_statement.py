"""A statement that Rowkeep does not know.

## When

PostgreSQL's grammar accepts the statement, but it is not one of the operations that the rules check.

## Harm

Nobody has checked what it locks or loses. Such a statement is rarely dangerous, but Rowkeep never silently calls it
safe.

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
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import Unmodelled

RULE = Rule(__name__, code="D012", category=Category.DATA, severity=Severity.WARNING)


@RULE.on(Unmodelled)
def check(operation: Unmodelled, context: Context) -> Iterator[Violation]:
    """A statement without an operation of its own."""
    words = operation.node.removesuffix("Stmt")
    yield Violation(
        operation.span,
        f"the statement ({words}) is unknown to Rowkeep",
        Sentence("have a second person read it"),
    )
