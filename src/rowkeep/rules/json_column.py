"""A json column: queries that compare whole rows fail, because json has no equality.

## When

A table that existed before this migration gets a column of type `json`, or one of its columns becomes `json`.

## Harm

`SELECT DISTINCT *`, `GROUP BY`, `UNION` and `t1.* = t2.*` of the running application fail from then on: could not
identify an equality operator for type json (SQLSTATE 42883).

## Given

```sql
CREATE TABLE products (id bigint PRIMARY KEY, title text);
```

## Unsafe

```sql
ALTER TABLE products ADD COLUMN IF NOT EXISTS attributes json;
```

## Safe

```sql
ALTER TABLE products ADD COLUMN IF NOT EXISTS attributes jsonb;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AddColumn, ChangeType, Name, TypeName

RULE = Rule(
    __name__,
    code="C109",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    peers=(
        "strong_migrations:add_column_json",
        "online_migrations:add_column_json",
        "eugene:E3",
        "pgfence:add-column-json",
        "pgls:preferJsonb",
    ),
)


@RULE.on(AddColumn)
def check(operation: AddColumn, context: Context) -> Iterator[Violation]:
    """A new column."""
    if context.adds_to_known(operation) and _is_json(operation.column.type):
        hint = f"ALTER TABLE {operation.table} ADD COLUMN {operation.column.name} jsonb;"
        yield _report(operation, operation.table, operation.column.name, hint, context)


@RULE.on(ChangeType)
def check_type(operation: ChangeType, context: Context) -> Iterator[Violation]:
    """An old column."""
    before = context.column(operation.table, operation.column)
    if (
        context.is_new(operation.table)
        or not _is_json(operation.type)
        or (before is not None and _is_json(before.type))
    ):
        return
    yield _report(operation, operation.table, operation.column, Sentence("use jsonb instead of json"), context)


def _is_json(kind: TypeName | None) -> bool:
    return kind is not None and kind.name == "json" and not kind.is_array


def _report(operation: AddColumn | ChangeType, table: Name, column: Name, hint: str, context: Context) -> Violation:
    message = f"rows of {table} cannot be compared with {column}: SELECT DISTINCT, GROUP BY and UNION over it fail"
    return Violation(operation.span, message, hint, doubtful=context.is_doubtful(table))
