"""CREATE TABLE without IF NOT EXISTS fails the second time.

## When

A table is created without `IF NOT EXISTS`, and nothing around it makes sure that it is not there: no `IF` around it,
no handler for `duplicate_table`, no drop before it. Temporary tables are no finding. In a transaction that holds the
whole migration, and takes all of it back when it fails, it is a note.

## Harm

A database that already has the table, because somebody made it by hand or restored it from elsewhere, cannot be
migrated until somebody mends the history.

## Unsafe

```sql
CREATE TABLE invoices (id bigint PRIMARY KEY);
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS invoices (id bigint PRIMARY KEY);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import CreateTable, Persistence
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="R001",
    promise=Promise.REPEAT,
    severity=Severity.WARNING,
    peers=("squawk:prefer-robust-stmts", "pgfence:prefer-robust-create-table", "safe-migrate:missing-idempotency"),
)


@RULE.on(CreateTable)
def check(act: CreateTable, context: Context) -> Iterator[Fault]:
    """A lasting table."""
    if act.if_not_exists or act.persistence is Persistence.TEMPORARY or context.is_guarded(act, "duplicate_table"):
        return
    if context.key(act.table) in context.known.dropped:
        return
    yield Fault(
        act.span,
        f"fails if {act.table} is already there",
        f"CREATE TABLE IF NOT EXISTS {act.table} (…);",
        doubtful=context.is_undone,
    )
