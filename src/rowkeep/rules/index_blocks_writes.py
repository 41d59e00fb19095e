"""CREATE INDEX without CONCURRENTLY stops every write to its table.

## When

An index is created on a table that existed before this migration, without `CONCURRENTLY`. `ON ONLY` a partitioned
parent builds nothing and is not a finding. Or a table with rows is attached as a partition and lacks an index or a key
of its parent: then `ATTACH` builds it.

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

`CONCURRENTLY` cannot run in a transaction; Rowkeep detects that and runs such a migration statement by statement. Put
it into its own migration.

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_email_idx ON orders (email);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, TextEdit, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AttachPartition, CreateIndex
from rowkeep.domain.source import Span
from rowkeep.knowledge.forms import recipes
from rowkeep.knowledge.forms.attach import attach_statement, write_bounds
from rowkeep.knowledge.forms.index_columns import index_definition
from rowkeep.knowledge.forms.partitioned import indexes_to_build

RULE = Rule(
    __name__,
    code="L001",
    category=Category.LOCK,
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
    claims=(LockClaim("orders", LockMode.SHARE, scans=True),),
)


@RULE.on(CreateIndex)
def check(operation: CreateIndex, context: Context) -> Iterator[Violation]:
    """An index on a table that somebody else writes to."""
    if operation.concurrently or operation.only or context.is_new(operation.table):
        return
    source = context.statement.source if context.statement is not None else context.migration.source
    what = index_definition(operation, source)
    table = context.table(operation.table)
    name = operation.index or f"{operation.table.name}_idx"
    unique = "UNIQUE " if operation.unique else ""
    if table is not None and table.is_partitioned:
        hint = recipes.index_on_partitions(operation.table, name, what, unique)
    else:
        hint = f"CREATE {unique}INDEX CONCURRENTLY IF NOT EXISTS {name} ON {operation.table} {what};"
    yield Violation(
        operation.span,
        f"builds an index on {operation.table} while every INSERT, UPDATE and DELETE on it waits",
        hint,
        doubtful=context.is_doubtful(operation.table),
        edits=(TextEdit(Span(operation.keyword.end, operation.keyword.end), " CONCURRENTLY"),)
        if operation.keyword
        else (),
    )


@RULE.on(AttachPartition)
def check_attach(operation: AttachPartition, context: Context) -> Iterator[Violation]:
    """A partition without an index that its parent has."""
    parent, child = context.table(operation.table), context.table(operation.partition)
    if parent is None or (context.is_new(operation.partition) and child is not None and not child.is_written):
        return
    built = indexes_to_build(parent, child, context)
    if built:
        # LIKE … INCLUDING ALL brings indexes along that the text does not name.
        listed = child is not None and (child.is_listed or child.live is not None)
        yield Violation(
            operation.span,
            f"builds {', '.join(built)} on {operation.partition} while every query on it waits",
            "-- for each of them (for a key add UNIQUE, and ADD CONSTRAINT <constraint> <key> USING INDEX after it):\n"
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS <index> ON {operation.partition} (<columns>);\n{recipes.NEXT}\n"
            + attach_statement(operation.table, operation.partition, write_bounds(operation, context)),
            doubtful=child is None or context.is_doubtful(operation.partition),
            faint=child is not None and not listed,
        )
