"""COPY runs a program on the database server.

## When

`COPY … FROM PROGRAM` or `COPY … TO PROGRAM`.

## Harm

The command runs as the operating system user of the server, with access to all its files; the rows go wherever it
sends them. It needs a superuser or `pg_execute_server_program`, which no migration should have.

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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import Copy

RULE = Rule(__name__, code="S313", category=Category.SECURITY, severity=Severity.ERROR)


@RULE.on(Copy)
def check(operation: Copy, context: Context) -> Iterator[Violation]:
    """PROGRAM, either way."""
    if operation.is_program:
        rows = f"the rows of {operation.table}" if operation.table is not None else "the rows of the query"
        does = f"fills {operation.table} with its output" if operation.is_from else f"sends it {rows}"
        hint = Sentence("use \\copy in psql, on the client")
        yield Violation(operation.span, f"runs a program on the database server, and {does}", hint)
