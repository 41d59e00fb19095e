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

from rowkeep.domain.act import CreateObject, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(__name__, code="C302", promise=Promise.COMPATIBILITY, severity=Severity.WARNING)


@RULE.on(CreateObject)
def check(act: CreateObject, context: Context) -> Iterator[Fault]:
    """IMPORT FOREIGN SCHEMA, the only one that makes foreign tables without naming them."""
    if act.kind is ObjectKind.FOREIGN_TABLE:
        message = f"makes whatever tables {act.name} of the other server holds at that moment"
        yield Fault(act.span, message, "CREATE FOREIGN TABLE IF NOT EXISTS … (…) SERVER …;")
