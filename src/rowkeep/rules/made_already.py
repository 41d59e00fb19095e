"""A table or column is created that an earlier migration has created already.

## When

`CREATE TABLE` or `ADD COLUMN` of something that earlier migrations have certainly created, and nothing has dropped.
With `IF NOT EXISTS` it is a finding, one step softer, where the new table would have columns that the old one lacks:
they are not added. With `lint --database`, tables, columns and indexes of the database count, too, because `IF NOT
EXISTS` also accepts an invalid index.

## Harm

Without `IF NOT EXISTS` the migration fails. With it the statement does nothing: the columns, types and constraints in
it do not exist afterwards. This often happens when two branches are merged.

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
from rowkeep.knowledge.forms.index_columns import index_definition
from rowkeep.knowledge.forms.recipes import NEXT

RULE = Rule(
    __name__,
    code="T305",
    category=Category.TRANSACTION,
    severity=Severity.ERROR,
    peers=("safe-migrate:schema-drift", "safe-migrate:chain-conflict"),
)


@RULE.on(CreateTable)
def check_table(operation: CreateTable, context: Context) -> Iterator[Violation]:
    """A table that certainly exists."""
    known = context.table(operation.table)
    if known is None or not known.is_certain or known.is_temporary or known.made is None:
        return
    if context.is_down or operation.table.is_unknown:
        return
    if operation.persistence is Persistence.TEMPORARY or operation.is_within(FrameKind.SCHEMA):
        return
    if context.is_guarded(operation, "duplicate_table") or not _is_sure(known, context):
        return
    hint = f"ALTER TABLE {operation.table} ADD COLUMN IF NOT EXISTS <column> <type>;"
    if not operation.if_not_exists:
        who = "the database already has" if known.live is not None else "the migrations have already created"
        yield Violation(operation.span, f"fails: {who} {operation.table}", hint)
        return
    lacking = [column for column in operation.columns if column.name.name not in known.columns]
    if lacking and known.is_complete:
        names = ", ".join(str(column.name) for column in lacking)
        message = f"does nothing: {operation.table} already exists, without {names}"
        hint = "\n".join(
            f"ALTER TABLE {operation.table} ADD COLUMN IF NOT EXISTS {column.name} {column.type or '<type>'};"
            for column in lacking
        )
        yield Violation(operation.span, message, hint, doubtful=True)


@RULE.on(AddColumn)
def check_column(operation: AddColumn, context: Context) -> Iterator[Violation]:
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
        message = f"fails: the migrations have already added the column {name} to {operation.table}"
        if known.live is not None and not context.has_added(operation.table, name):
            message = f"fails: {operation.table} of the database already has the column {name}"
        kind = operation.column.type or "<type>"
        hint = f"ALTER TABLE {operation.table} ADD COLUMN IF NOT EXISTS {name} {kind};"
        yield Violation(operation.span, message, hint)


def _is_sure(known: KnownTable, context: Context) -> bool:
    """Whether nothing that the text hides can have dropped what the server had."""
    return known.live is None or context.known.is_exact


@RULE.on(CreateIndex)
def check_index(operation: CreateIndex, context: Context) -> Iterator[Violation]:
    """An index that the server has."""
    if operation.index is None or context.is_down or context.is_guarded(operation, "duplicate_table"):
        return
    name = Name(operation.index.name, context.key(operation.table)[0], str(operation.index))
    known = context.index(name)
    if known is None or known.migration != LIVE or not context.known.is_exact:
        return
    unique = "UNIQUE " if operation.unique else ""
    source = context.statement.source if context.statement is not None else context.migration.source
    again = (
        f"DROP INDEX CONCURRENTLY {operation.index};\n{NEXT}\nCREATE {unique}INDEX CONCURRENTLY "
        f"{operation.index} ON {operation.table} {index_definition(operation, source)};"
    )
    if not operation.if_not_exists:
        yield Violation(operation.span, f"fails: the database already has {operation.index}", again)
    elif not known.is_valid:
        message = f"does nothing: {operation.index} already exists, and it is invalid: no query uses it"
        yield Violation(operation.span, message, again)
