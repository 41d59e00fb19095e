"""Tables appear that nobody here has named.

## When

`IMPORT FOREIGN SCHEMA`.

## Harm

Which foreign tables it makes, and with which columns, is decided by the other server at that moment: another
environment gets others, and the next run fails on those that are there already. Each of them lets whoever has rights
on it read, or write, another database.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
```

## Unsafe

```sql
-- needs oracle_fdw
IMPORT FOREIGN SCHEMA billing FROM SERVER erp INTO public;
```

## Safe

```sql
-- needs oracle_fdw
CREATE FOREIGN TABLE IF NOT EXISTS erp_invoices (number bigint, amount numeric) SERVER erp;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CreateObject, ObjectKind

RULE = Rule(__name__, code="C302", category=Category.COMPATIBILITY, severity=Severity.WARNING)


@RULE.on(CreateObject)
def check(operation: CreateObject, context: Context) -> Iterator[Violation]:
    """IMPORT FOREIGN SCHEMA, the only one that makes foreign tables without naming them."""
    if operation.kind is ObjectKind.FOREIGN_TABLE:
        message = f"makes whatever tables {operation.name} of the other server holds at that moment"
        yield Violation(operation.span, message, "CREATE FOREIGN TABLE IF NOT EXISTS … (…) SERVER …;")
