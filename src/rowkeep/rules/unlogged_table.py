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

from rowkeep.domain.act import AlterTable, CreateTable, Persistence
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="D301",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    peers=("pgfence:set-logged-unlogged", "safe-migrate:table-rewrite-storage"),
    claims=(Claim("events", LockMode.ACCESS_EXCLUSIVE, rewrites=True, scans=True),),
)


@RULE.on(AlterTable)
def altered(act: AlterTable, context: Context) -> Iterator[Fault]:
    """A table that holds rows."""
    if act.action == "SetUnLogged" and act.kind == "table" and not context.is_new(act.table):
        yield Fault(
            act.span,
            f"{act.table} is empty after the next crash, and on every replica at once",
            f"leave {act.table} as it is",
            doubtful=context.is_doubtful(act.table),
        )


@RULE.on(CreateTable)
def created(act: CreateTable, context: Context) -> Iterator[Fault]:
    """A copy that is meant to last weighs more than a table for what may go."""
    if act.persistence is Persistence.UNLOGGED:
        body = "AS …" if act.from_query else "(…)"
        yield Fault(
            act.span,
            f"{act.table} is empty after the next crash",
            f"CREATE TABLE {act.table} {body};",
            doubtful=act.from_query,
            faint=not act.from_query,
        )
