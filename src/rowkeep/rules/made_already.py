"""A table or column is made that an earlier migration has made already.

## When

`CREATE TABLE` or `ADD COLUMN` of what the migrations before it have certainly made, and nothing has dropped. With `IF
NOT EXISTS` it is a finding where the new table would have columns that the old one lacks, one step softer: they are
not added. Where a database is asked (`lint --database`), what it has counts, and an index that it has: `IF NOT EXISTS`
is content with an invalid one, too.

## Harm

Without `IF NOT EXISTS` the migration fails, with it the statement does nothing: the columns, types and constraints
that it speaks of are not there. Two branches that were merged look so.

## Unsafe

```sql
CREATE TABLE wishlists (id bigint PRIMARY KEY);
-- in the next migration:
CREATE TABLE IF NOT EXISTS wishlists (id bigint PRIMARY KEY, title text);
```

## Safe

```sql
CREATE TABLE wishlists (id bigint PRIMARY KEY);
-- in the next migration:
ALTER TABLE wishlists ADD COLUMN IF NOT EXISTS title text;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AddColumn, CreateIndex, CreateTable, FrameKind, Name, Persistence
from rowkeep.domain.schema.schema_state import LIVE, KnownTable

RULE = Rule(
    __name__,
    code="T305",
    category=Category.TRANSACTION,
    severity=Severity.ERROR,
    peers=("safe-migrate:schema-drift", "safe-migrate:chain-conflict"),
)


@RULE.on(CreateTable)
def table(operation: CreateTable, context: Context) -> Iterator[Violation]:
    """A table that certainly stands."""
    known = context.table(operation.table)
    if known is None or not known.is_certain or known.is_temporary or known.made is None:
        return
    if context.is_down or operation.table.is_unknown:
        return
    if operation.persistence is Persistence.TEMPORARY or operation.is_within(FrameKind.SCHEMA):
        return
    if context.is_guarded(operation, "duplicate_table") or not _is_sure(known, context):
        return
    if not operation.if_not_exists:
        who = "the database has" if known.live is not None else "the migrations have made"
        message = f"fails: {who} {operation.table} already"
        yield Violation(operation.span, message, f"ALTER TABLE {operation.table} ADD COLUMN IF NOT EXISTS …;")
        return
    lacking = [str(column.name) for column in operation.columns if column.name.name not in known.columns]
    if lacking and known.is_complete:
        message = f"does nothing: {operation.table} is there already, without {', '.join(lacking)}"
        yield Violation(
            operation.span, message, f"ALTER TABLE {operation.table} ADD COLUMN IF NOT EXISTS …;", doubtful=True
        )


@RULE.on(AddColumn)
def column(operation: AddColumn, context: Context) -> Iterator[Violation]:
    """A column that a certain table certainly has."""
    known, name = context.table(operation.table), operation.column.name
    if (
        known is None
        or not known.is_complete
        or operation.if_not_exists
        or context.is_down
        or not _is_sure(known, context)
    ):
        return
    if name.name in known.columns and not context.is_guarded(operation, "duplicate_column"):
        who = "the migrations have given"
        if known.live is not None and not context.has_added(operation.table, name):
            who = "the database gives"
        message = f"fails: {who} {operation.table} the column {name} already"
        yield Violation(operation.span, message, f"ALTER TABLE {operation.table} ADD COLUMN IF NOT EXISTS {name} …;")


def _is_sure(known: KnownTable, context: Context) -> bool:
    """Whether nothing that the text hides can have dropped what the server had."""
    return known.live is None or context.known.is_exact


@RULE.on(CreateIndex)
def index(operation: CreateIndex, context: Context) -> Iterator[Violation]:
    """An index that the server has."""
    if operation.index is None or context.is_down or context.is_guarded(operation, "duplicate_table"):
        return
    name = Name(operation.index.name, context.key(operation.table)[0], str(operation.index))
    known = context.index(name)
    if known is None or known.migration != LIVE or not context.known.is_exact:
        return
    again = (
        f"DROP INDEX CONCURRENTLY {operation.index};\n-- in the next migration:\nCREATE INDEX "
        f"CONCURRENTLY {operation.index} …;"
    )
    if not operation.if_not_exists:
        yield Violation(operation.span, f"fails: the database has {operation.index} already", again)
    elif not known.is_valid:
        message = f"does nothing: {operation.index} is there already, and it is invalid: no query uses it"
        yield Violation(operation.span, message, again)
