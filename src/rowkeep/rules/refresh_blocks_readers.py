"""REFRESH MATERIALIZED VIEW without CONCURRENTLY stops every query on the view.

## When

A materialized view that existed before this migration is refreshed without `CONCURRENTLY`, or emptied by `WITH NO
DATA`.

## Harm

The view is locked with `ACCESS EXCLUSIVE` while its query runs: nobody can read it. After `WITH NO DATA` every query
on it fails (SQLSTATE 55000) until it is refreshed.

## Given

```sql
CREATE TABLE sales (day date, amount numeric);
CREATE MATERIALIZED VIEW daily_sales AS SELECT day, sum(amount) AS amount FROM sales GROUP BY day;
CREATE UNIQUE INDEX daily_sales_day_idx ON daily_sales (day);
```

## Unsafe

```sql
REFRESH MATERIALIZED VIEW daily_sales;
```

```sql
REFRESH MATERIALIZED VIEW daily_sales WITH NO DATA;
```

## Safe

The view needs a unique index over all rows, and must have been filled once.

```sql
REFRESH MATERIALIZED VIEW CONCURRENTLY daily_sales;
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, TextEdit, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import Refresh
from rowkeep.domain.source import Span

RULE = Rule(
    __name__,
    code="L316",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=(
        "pgfence:refresh-matview-blocking",
        "pgls:requireConcurrentRefreshMatview",
        "safe-migrate:blocking-mat-view-refresh",
    ),
    claims=(LockClaim("daily_sales", LockMode.ACCESS_EXCLUSIVE, rewrites=True, scans=True),),
)
_WORDS = compile_later(r"refresh\s+materialized\s+view\b", re.IGNORECASE)


@RULE.on(Refresh)
def check(operation: Refresh, context: Context) -> Iterator[Violation]:
    """A view that somebody else reads."""
    if operation.concurrently or context.is_new(operation.view):
        return
    does = f"stops every query on {operation.view} while it is computed"
    if not operation.with_data:
        does = f"empties {operation.view}: every query on it fails until it is refreshed"
    yield Violation(
        operation.span,
        does,
        f"REFRESH MATERIALIZED VIEW CONCURRENTLY {operation.view};",
        doubtful=context.is_doubtful(operation.view),
        edits=_add_concurrently(operation, context),
    )


def _add_concurrently(operation: Refresh, context: Context) -> tuple[TextEdit, ...]:
    statement = context.statement
    if statement is None or not operation.with_data or operation.inside or operation.span != statement.span:
        return ()
    words = _WORDS.match(statement.text)
    at = statement.span.start + words.end() if words is not None else 0
    return (TextEdit(Span(at, at), " CONCURRENTLY"),) if words is not None else ()
