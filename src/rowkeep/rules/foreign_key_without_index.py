"""A foreign key without an index that begins with its columns.

## When

At the end of a migration, no index, UNIQUE or primary key that these files show begins with the columns of a foreign
key that the migration has added. Where no file shows how the table was created and its columns existed before, there
may be an index, and this is not a finding. Neither is it where a later file of the directory creates the index.

## Harm

Each DELETE or change of a key in the other table searches this table for rows that refer to it, and reads all of it.
That goes unnoticed on a small table, and blocks the application on a large one.

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
```

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS reviews (
  id bigint PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE
);
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS reviews (
  id bigint PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS reviews_customer_id_idx ON reviews (customer_id);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    Constraint,
    ConstraintKind,
    CreateTable,
    Name,
    Operation,
    Persistence,
    SectionEnd,
)
from rowkeep.domain.source import Span
from rowkeep.knowledge.forms import recipes
from rowkeep.knowledge.forms.index_columns import leads_index

RULE = Rule(
    __name__,
    code="L209",
    category=Category.LOCK,
    severity=Severity.NOTE,
    peers=("eugene:E15", "pgfence:fk-missing-index", "splinter:unindexed_foreign_keys"),
)


@RULE.on(SectionEnd)
def check(operation: SectionEnd, context: Context) -> Iterator[Violation]:
    """Every key that the section has added, checked against the indexes at its end."""
    if context.is_down:
        return
    for earlier in context.before:
        if earlier.is_stored:
            continue
        for table, span, key in _list_keys(earlier):
            if key.kind is not ConstraintKind.FOREIGN_KEY or key.not_enforced or not key.columns:
                continue
            if _has_index(table, key, context):
                continue
            columns = ", ".join(str(column) for column in key.columns)
            name = recipes.join_names(table.name, *(column.name for column in key.columns), "idx")
            yield Violation(
                span,
                f"every DELETE from {key.refers_to} reads all of {table}: no index is known to begin with {columns}",
                _write_hint(table, name, columns, context),
                wants_index=(context.key(table), frozenset(column.name for column in key.columns)),
            )


def _write_hint(table: Name, name: Name, columns: str, context: Context) -> str:
    known = context.table(table)
    if context.is_new(table):
        return f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({columns});"
    if known is not None and known.is_partitioned:
        return recipes.index_on_partitions(table, name, f"({columns})")
    return f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} ({columns});"


def _list_keys(operation: Operation) -> Iterator[tuple[Name, Span, Constraint]]:
    """List the constraints that an operation adds, with their table and their place."""
    match operation:
        case AddConstraint(table=table, constraint=constraint):
            yield table, operation.span, constraint
        case AddColumn(table=table, column=column):
            for constraint in column.constraints:
                yield table, column.span, constraint
        case CreateTable(table=table, columns=columns, constraints=own) if (
            operation.persistence is Persistence.PERMANENT
        ):
            for column in columns:
                for constraint in column.constraints:
                    yield table, column.span, constraint
            for constraint in own:
                yield table, constraint.span, constraint


def _has_index(table: Name, key: Constraint, context: Context) -> bool:
    """Whether an index begins with the key's columns, in whatever order; also where that is not known."""
    known = context.table(table)
    if known is None:
        return True
    if known.made is None and known.live is None and not any(context.has_added(table, each) for each in key.columns):
        return True
    return leads_index(context.known, known.key, frozenset(column.name for column in key.columns))
