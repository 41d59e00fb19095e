"""A table or column is made that an earlier migration has made already.

## When

`CREATE TABLE` or `ADD COLUMN` of what the migrations before it have certainly made, and nothing has dropped. With `IF
NOT EXISTS` it is a finding where the new table would have columns that the old one lacks, one step softer: they are
not added.

## Harm

Without `IF NOT EXISTS` the migration fails, with it the statement does nothing: the columns, types and constraints
that it speaks of are not there. Two branches that were merged look so.

## Unsafe

```sql
CREATE TABLE wishlists (id bigint PRIMARY KEY);
-- next migration
CREATE TABLE IF NOT EXISTS wishlists (id bigint PRIMARY KEY, title text);
```

## Safe

```sql
CREATE TABLE wishlists (id bigint PRIMARY KEY);
-- next migration
ALTER TABLE wishlists ADD COLUMN IF NOT EXISTS title text;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AddColumn, CreateTable, FrameKind, Persistence
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="T305",
    promise=Promise.TRANSACTION,
    severity=Severity.ERROR,
    peers=("safe-migrate:schema-drift", "safe-migrate:chain-conflict"),
)


@RULE.on(CreateTable)
def table(act: CreateTable, context: Context) -> Iterator[Fault]:
    """A table that certainly stands."""
    known = context.table(act.table)
    if known is None or not known.is_certain or known.is_temporary or known.made is None:
        return
    if context.is_down or act.table.is_unknown:
        return
    if act.persistence is Persistence.TEMPORARY or act.is_within(FrameKind.SCHEMA):
        return
    if context.is_guarded(act, "duplicate_table"):
        return
    if not act.if_not_exists:
        message = f"fails: the migrations have made {act.table} already"
        yield Fault(act.span, message, f"ALTER TABLE {act.table} ADD COLUMN IF NOT EXISTS …;")
        return
    lacking = [str(column.name) for column in act.columns if column.name.name not in known.columns]
    if lacking and known.is_complete:
        message = f"does nothing: {act.table} is there already, without {', '.join(lacking)}"
        yield Fault(act.span, message, f"ALTER TABLE {act.table} ADD COLUMN IF NOT EXISTS …;", doubtful=True)


@RULE.on(AddColumn)
def column(act: AddColumn, context: Context) -> Iterator[Fault]:
    """A column that a certain table certainly has."""
    known, name = context.table(act.table), act.column.name
    if known is None or not known.is_complete or act.if_not_exists or context.is_down:
        return
    if name.name in known.columns and not context.is_guarded(act, "duplicate_column"):
        message = f"fails: the migrations have given {act.table} the column {name} already"
        yield Fault(act.span, message, f"ALTER TABLE {act.table} ADD COLUMN IF NOT EXISTS {name} …;")
