"""CREATE OR REPLACE VIEW leaves out, renames or reorders columns.

## When

A view that these files have made is replaced, and its columns do not begin with the columns it had, in their order.

## Harm

PostgreSQL lets a replaced view only gain columns at its end. The migration fails.

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY, email text, phone text);
CREATE VIEW directory AS SELECT id, email, phone FROM customers;
```

## Unsafe

```sql
CREATE OR REPLACE VIEW directory AS SELECT id, phone FROM customers;
```

## Safe

Keep the columns and add to them; or give the new shape a new name, and retire the old view later.

```sql
CREATE OR REPLACE VIEW directory AS SELECT id, email, phone, lower(email) AS address FROM customers;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import CreateView
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="T204",
    promise=Promise.TRANSACTION,
    severity=Severity.ERROR,
    peers=("squawk:ban-replace-view-function",),
    claims=(Claim("directory", fails="42P16"),),
)


@RULE.on(CreateView)
def check(act: CreateView, context: Context) -> Iterator[Fault]:
    """A view whose columns are known before and after."""
    known = context.known.views.get(context.key(act.view))
    if not act.replace or known is None or known.columns is None or act.columns is None:
        return
    kept = act.columns[: len(known.columns)]
    if kept == known.columns:
        return
    at = next((number for number, name in enumerate(known.columns) if kept[number : number + 1] != (name,)), 0)
    yield Fault(
        act.span,
        f"fails: column {at + 1} of {act.view} is {known.columns[at]}, and a replaced view can only gain columns",
        f"CREATE OR REPLACE VIEW {act.view} AS SELECT {', '.join(known.columns)}, …;",
    )
