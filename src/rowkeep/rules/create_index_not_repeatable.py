"""CREATE INDEX without IF NOT EXISTS fails the second time.

## When

An index is created without `IF NOT EXISTS` on a table that the migration has not made itself, and nothing around it
makes sure that it is not there. In a transaction that holds the whole migration, and takes all of it back when it
fails, it is a note.

## Harm

A database that already has the index cannot be migrated until somebody mends the history. A build with `CONCURRENTLY`
is not rolled back when the migration stops later, so the next run meets its index.

## Given

```sql
CREATE TABLE users (id bigint PRIMARY KEY, email text);
```

## Unsafe

```sql
CREATE INDEX CONCURRENTLY users_email_idx ON users (email);
```

## Safe

`IF NOT EXISTS` needs a name. An index that a broken build has left behind is invalid and still there; Rowkeep builds
it anew when it resumes.

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email_idx ON users (email);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import CreateIndex
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule
from rowkeep.knowledge.indexed import definition

RULE = Rule(
    __name__,
    code="R003",
    promise=Promise.REPEAT,
    severity=Severity.WARNING,
    peers=("squawk:prefer-robust-stmts", "pgfence:prefer-robust-create-index", "safe-migrate:missing-idempotency"),
)


@RULE.on(CreateIndex)
def check(act: CreateIndex, context: Context) -> Iterator[Fault]:
    """An index of a table that was there before."""
    if act.if_not_exists or context.is_new(act.table) or context.is_guarded(act, "duplicate_table"):
        return
    known = act.index is not None and context.index(act.index) is not None
    if act.index is None:
        message = f"makes another index on {act.table} each time it runs, as it has no name"
    elif known:
        message = f"fails: the index {act.index} is already there"
    else:
        message = f"fails if the index {act.index} is already there"
    concurrently = "CONCURRENTLY " if act.concurrently else ""
    unique = "UNIQUE " if act.unique else ""
    source = context.statement.source if context.statement is not None else context.migration.source
    what = definition(act, source)
    name = act.index or f"{act.table.name}_…_idx"
    yield Fault(
        act.span,
        message,
        f"CREATE {unique}INDEX {concurrently}IF NOT EXISTS {name} ON {act.table} {what};",
        doubtful=context.is_undone and not known,
    )
