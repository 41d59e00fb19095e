"""ADD COLUMN without IF NOT EXISTS fails the second time.

## When

A column is added without `IF NOT EXISTS`, to a table that the migration has not made itself, and nothing around it
makes sure that the column is not there: no `IF` around it, no handler for `duplicate_column`. In a transaction that
holds the whole migration, and takes all of it back when it fails, it is a note.

## Harm

A database that already has the column cannot be migrated until somebody mends the history.

## Given

```sql
CREATE TABLE users (id bigint PRIMARY KEY);
```

## Unsafe

```sql
ALTER TABLE users ADD COLUMN nickname text;
```

## Safe

```sql
ALTER TABLE users ADD COLUMN IF NOT EXISTS nickname text;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AddColumn
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="R002",
    promise=Promise.REPEAT,
    severity=Severity.WARNING,
    peers=("squawk:prefer-robust-stmts", "safe-migrate:missing-idempotency"),
)


@RULE.on(AddColumn)
def check(act: AddColumn, context: Context) -> Iterator[Fault]:
    """A column of a table that was there before."""
    if act.if_not_exists or context.is_new(act.table) or context.is_guarded(act, "duplicate_column"):
        return
    column = act.column.name
    kind = act.column.type or "…"
    yield Fault(
        act.span,
        f"fails if {act.table} already has the column {column}",
        f"ALTER TABLE {act.table} ADD COLUMN IF NOT EXISTS {column} {kind};",
        doubtful=context.is_undone,
    )
