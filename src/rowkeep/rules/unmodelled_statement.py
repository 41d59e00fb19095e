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

from rowkeep.domain.act import Unmodelled
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(__name__, code="D012", promise=Promise.DATA, severity=Severity.WARNING)


@RULE.on(Unmodelled)
def check(act: Unmodelled, context: Context) -> Iterator[Fault]:
    """Whatever has no act of its own."""
    words = act.node.removesuffix("Stmt")
    yield Fault(act.span, f"this statement ({words}) is not one that Rowkeep can judge", "have somebody else read it")
