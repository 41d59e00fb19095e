"""CREATE INDEX without CONCURRENTLY stops every write to its table.

## When

An index is built on a table that was there before this migration, without `CONCURRENTLY`. `ON ONLY` a partitioned
parent builds nothing and is no finding.

## Harm

The build holds a `SHARE` lock on the table from its first row to its last: every INSERT, UPDATE and DELETE waits, for
minutes on a large table.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
```

## Unsafe

```sql
CREATE INDEX IF NOT EXISTS orders_email_idx ON orders (email);
```

## Safe

`CONCURRENTLY` cannot run in a transaction; Rowkeep sees that and runs such a migration statement by statement. Give
it a migration of its own.

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_email_idx ON orders (email);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import CreateIndex
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Edit, Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule
from rowkeep.domain.source import Span

RULE = Rule(
    __name__,
    code="L001",
    promise=Promise.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:require-concurrent-index-creation",
        "strong_migrations:add_index",
        "online_migrations:add_index",
        "eugene:E6",
        "atlas:PG101",
        "pg-schema-diff:ACQUIRES_SHARE_LOCK",
        "pgfence:create-index-not-concurrent",
        "pgls:requireConcurrentIndexCreation",
        "safe-migrate:require-concurrent-index",
    ),
    claims=(Claim("orders", LockMode.SHARE, scans=True),),
)


@RULE.on(CreateIndex)
def check(act: CreateIndex, context: Context) -> Iterator[Fault]:
    """An index on a table that somebody else writes to."""
    if act.concurrently or act.only or context.is_new(act.table):
        return
    table = context.table(act.table)
    name = act.index or f"{act.table.name}_idx"
    unique = "UNIQUE " if act.unique else ""
    if table is not None and table.is_partitioned:
        repair = (
            f"CREATE {unique}INDEX {name} ON ONLY {act.table} (…);\n"
            f"CREATE {unique}INDEX CONCURRENTLY … ON each partition (…);\n"
            f"ALTER INDEX {name} ATTACH PARTITION …;"
        )
    else:
        repair = f"CREATE {unique}INDEX CONCURRENTLY IF NOT EXISTS {name} ON {act.table} (…);"
    yield Fault(
        act.span,
        f"builds an index on {act.table} while every INSERT, UPDATE and DELETE on it waits",
        repair,
        doubtful=context.is_doubtful(act.table),
        edits=(Edit(Span(act.keyword.end, act.keyword.end), " CONCURRENTLY"),) if act.keyword else (),
    )
