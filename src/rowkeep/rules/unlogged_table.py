"""An unlogged table is empty after the next crash.

## When

`ALTER TABLE … SET UNLOGGED` on a table that was there before this migration; or an unlogged table is made as a copy of
others (`CREATE UNLOGGED TABLE … AS`), which is one step softer. An unlogged table that is made empty is a note.

## Harm

PostgreSQL writes no log of such a table. After a crash, and after a fail-over to a replica, it is there without a row;
`pg_basebackup` and every replica leave its rows out.

## Given

```sql
CREATE TABLE events (id bigint PRIMARY KEY, what text);
```

## Unsafe

```sql
ALTER TABLE events SET UNLOGGED;
```

```sql
CREATE UNLOGGED TABLE IF NOT EXISTS events_2026 AS TABLE events;
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS events_2026 (LIKE events INCLUDING ALL);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AlterTable, CreateTable, Persistence

RULE = Rule(
    __name__,
    code="D301",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=("pgfence:set-logged-unlogged", "safe-migrate:table-rewrite-storage"),
    claims=(LockClaim("events", LockMode.ACCESS_EXCLUSIVE, rewrites=True, scans=True),),
)


@RULE.on(AlterTable)
def altered(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """A table that holds rows."""
    if operation.action == "SetUnLogged" and operation.kind == "table" and not context.is_new(operation.table):
        yield Violation(
            operation.span,
            f"{operation.table} is empty after the next crash, and on every replica at once",
            f"leave {operation.table} as it is",
            doubtful=context.is_doubtful(operation.table),
        )


@RULE.on(CreateTable)
def created(operation: CreateTable, context: Context) -> Iterator[Violation]:
    """A copy that is meant to last weighs more than a table for what may go."""
    if operation.persistence is Persistence.UNLOGGED:
        body = "AS …" if operation.from_query else "(…)"
        yield Violation(
            operation.span,
            f"{operation.table} is empty after the next crash",
            f"CREATE TABLE {operation.table} {body};",
            doubtful=operation.from_query,
            faint=not operation.from_query,
        )
