"""COPY runs a program on the database server.

## When

`COPY … FROM PROGRAM` or `COPY … TO PROGRAM`.

## Harm

The server's own user runs the command, with all its files at hand; the rows go wherever it sends them. It needs a
superuser or `pg_execute_server_program`, which no migration should have.

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
```

## Unsafe

```sql
COPY customers TO PROGRAM 'cat > /dev/null';
```

## Safe

Let the client do it: `psql -c '\\copy customers to program …'`.

```sql
CREATE TABLE IF NOT EXISTS customers_to_send (LIKE customers);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Copy
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(__name__, code="S313", promise=Promise.SECURITY, severity=Severity.ERROR)


@RULE.on(Copy)
def check(act: Copy, context: Context) -> Iterator[Fault]:
    """PROGRAM, either way."""
    if act.is_program:
        rows = f"the rows of {act.table}" if act.table is not None else "the rows of the query"
        does = f"fills {act.table} with what it prints" if act.is_from else f"hands it {rows}"
        yield Fault(act.span, f"runs a program on the database server, and {does}", "\\copy … (psql, on the client)")
