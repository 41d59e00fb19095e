"""Foreign tables appear that no file names.

## When

`IMPORT FOREIGN SCHEMA`.

## Harm

The other server decides at that moment which foreign tables there are, and which columns they have: another
environment gets others, and the next run fails on those that exist already. Whoever has rights on one of them can
read, or write, another database.

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
        message = f"creates whatever tables {operation.name} of the other server has at that moment"
        hint = "CREATE FOREIGN TABLE IF NOT EXISTS <table> (<column> <type>) SERVER <server>;"
        yield Violation(operation.span, message, hint)
