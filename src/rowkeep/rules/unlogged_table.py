"""An unlogged table is empty after the next crash.

## When

`ALTER TABLE … SET UNLOGGED` on a table that existed before this migration. An unlogged table that is created as a copy
(`CREATE UNLOGGED TABLE … AS`) is one step softer. An unlogged table that is created empty is a note.

## Harm

PostgreSQL writes no WAL for such a table. After a crash, and after a failover to a replica, it has no rows;
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
from rowkeep.domain.lint.hint import Sentence
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
def check_alter(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """A table that has rows."""
    if operation.action == "SetUnLogged" and operation.kind == "table" and not context.is_new(operation.table):
        yield Violation(
            operation.span,
            f"{operation.table} is empty after the next crash, and on every replica at once",
            Sentence(f"leave {operation.table} as it is"),
            doubtful=context.is_doubtful(operation.table),
        )


@RULE.on(CreateTable)
def check_create(operation: CreateTable, context: Context) -> Iterator[Violation]:
    """A copy weighs more than an empty table, which may be meant for temporary rows."""
    if operation.persistence is Persistence.UNLOGGED:
        body = "AS <query>" if operation.from_query else "(<column> <type>)"
        yield Violation(
            operation.span,
            f"{operation.table} is empty after the next crash",
            f"CREATE TABLE {operation.table} {body};",
            doubtful=operation.from_query,
            faint=not operation.from_query,
        )
