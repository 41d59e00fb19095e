"""A hash index where a btree does the same and more.

## When

An index is built `USING hash`.

## Harm

It only answers `=`, over one column, and cannot be unique; a btree of the same column answers that as fast and orders
rows as well.

## Given

```sql
CREATE TABLE users (id bigint PRIMARY KEY, token text);
```

## Unsafe

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_token_idx ON users USING hash (token);
```

## Safe

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_token_idx ON users (token);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import CreateIndex
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="Y201",
    promise=Promise.STYLE,
    severity=Severity.WARNING,
    peers=("online_migrations:hash_index",),
)


@RULE.on(CreateIndex)
def check(act: CreateIndex, context: Context) -> Iterator[Fault]:
    """USING hash."""
    if act.method == "hash":
        yield Fault(
            act.span,
            f"a hash index on {act.table} answers nothing but =",
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS … ON {act.table} (…);",
        )
