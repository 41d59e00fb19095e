"""CREATE OR REPLACE VIEW leaves out, renames or reorders columns.

## When

A view that these files have created is replaced, and its columns do not begin with the columns it had, in the same
order.

## Harm

PostgreSQL only lets a replaced view gain columns at the end. The migration fails.

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

Keep the columns and add to them; or give the new view a new name, and retire the old view later.

```sql
CREATE OR REPLACE VIEW directory AS SELECT id, email, phone, lower(email) AS address FROM customers;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import CreateView
from rowkeep.knowledge.forms.keywords import quote_name

RULE = Rule(
    __name__,
    code="T204",
    category=Category.TRANSACTION,
    severity=Severity.ERROR,
    peers=("squawk:ban-replace-view-function",),
    claims=(LockClaim("directory", fails="42P16"),),
)


@RULE.on(CreateView)
def check(operation: CreateView, context: Context) -> Iterator[Violation]:
    """A view whose columns are known before and after."""
    known = context.known.views.get(context.key(operation.view))
    if not operation.replace or known is None or known.columns is None or operation.columns is None:
        return
    kept = operation.columns[: len(known.columns)]
    if kept == known.columns:
        return
    at = next((number for number, name in enumerate(known.columns) if kept[number : number + 1] != (name,)), 0)
    yield Violation(
        operation.span,
        f"fails: column {at + 1} of {operation.view} is {known.columns[at]}, and a replaced view can "
        "only gain columns",
        f"CREATE OR REPLACE VIEW {operation.view} AS SELECT {', '.join(map(quote_name, known.columns))}, <columns> "
        "FROM <table>;",
    )
