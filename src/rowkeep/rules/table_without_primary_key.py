"""A table without a primary key: nothing identifies its rows.

## When

A permanent table is created without a primary key, and the migration does not add one. Copies of a query, partitions,
children and foreign tables are not findings.

## Harm

Logical replication cannot apply its UPDATEs and DELETEs, batches have no key to follow, and of two identical rows you
cannot delete only one.

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS visits (at timestamptz, path text);
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz, path text);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AddConstraint, ConstraintKind, CreateTable, Persistence

RULE = Rule(
    __name__,
    code="Y310",
    category=Category.STYLE,
    severity=Severity.WARNING,
    peers=("splinter:no_primary_key",),
)
_KEY = ConstraintKind.PRIMARY_KEY


@RULE.on(CreateTable)
def check(operation: CreateTable, context: Context) -> Iterator[Violation]:
    """A table of its own."""
    other = (
        operation.from_query
        or operation.like
        or operation.inherits
        or operation.partition_of is not None
        or operation.is_foreign
    )
    if other or operation.persistence is Persistence.TEMPORARY:
        return
    if any(column.has(_KEY) for column in operation.columns) or any(
        constraint.kind is _KEY for constraint in operation.constraints
    ):
        return
    for later in context.later(AddConstraint):
        if (
            isinstance(later, AddConstraint)
            and later.constraint.kind is _KEY
            and context.same(later.table, operation.table)
        ):
            return
    yield Violation(
        operation.span,
        f"{operation.table} has no primary key",
        Sentence("add the column id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
    )
