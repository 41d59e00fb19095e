"""REFRESH MATERIALIZED VIEW without CONCURRENTLY stops everybody who reads it.

## When

A materialized view that was there before this migration is refreshed without `CONCURRENTLY`, or emptied by `WITH NO
DATA`.

## Harm

The view is locked with `ACCESS EXCLUSIVE` for as long as its query runs: nobody can read it. After `WITH NO DATA`
every query on it fails (SQLSTATE 55000) until it is refreshed.

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

It needs a unique index over all rows, and that the view has been filled once.

```sql
REFRESH MATERIALIZED VIEW CONCURRENTLY daily_sales;
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rowkeep.domain.act import Refresh
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Edit, Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule
from rowkeep.domain.source import Span

RULE = Rule(
    __name__,
    code="L316",
    promise=Promise.LOCK,
    severity=Severity.ERROR,
    peers=(
        "pgfence:refresh-matview-blocking",
        "pgls:requireConcurrentRefreshMatview",
        "safe-migrate:blocking-mat-view-refresh",
    ),
    claims=(Claim("daily_sales", LockMode.ACCESS_EXCLUSIVE, rewrites=True, scans=True),),
)
_WORDS = re.compile(r"refresh\s+materialized\s+view\b", re.IGNORECASE)


@RULE.on(Refresh)
def check(act: Refresh, context: Context) -> Iterator[Fault]:
    """A view that somebody else reads."""
    if act.concurrently or context.is_new(act.view):
        return
    does = f"lets nobody read {act.view} while its query runs"
    if not act.with_data:
        does = f"empties {act.view}: every query on it fails until it is refreshed"
    yield Fault(
        act.span,
        does,
        f"REFRESH MATERIALIZED VIEW CONCURRENTLY {act.view};",
        doubtful=context.is_doubtful(act.view),
        edits=_edits(act, context),
    )


def _edits(act: Refresh, context: Context) -> tuple[Edit, ...]:
    statement = context.statement
    if statement is None or not act.with_data or act.inside or act.span != statement.span:
        return ()
    words = _WORDS.match(statement.text)
    at = statement.span.start + words.end() if words is not None else 0
    return (Edit(Span(at, at), " CONCURRENTLY"),) if words is not None else ()
