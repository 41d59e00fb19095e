"""A table without a primary key has rows that nobody can name.

## When

A lasting table is made without a primary key, and the migration does not add one. Copies of a query, partitions,
children and foreign tables are no finding.

## Harm

Logical replication cannot carry its UPDATEs and DELETEs, batches have nothing to go by, and a row that is there twice
cannot be removed once.

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

from rowkeep.domain.act import AddConstraint, ConstraintKind, CreateTable, Persistence
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="Y310",
    promise=Promise.STYLE,
    severity=Severity.WARNING,
    peers=("splinter:no_primary_key",),
)
_KEY = ConstraintKind.PRIMARY_KEY


@RULE.on(CreateTable)
def check(act: CreateTable, context: Context) -> Iterator[Fault]:
    """A table of its own."""
    other = act.from_query or act.like or act.inherits or act.partition_of is not None or act.is_foreign
    if other or act.persistence is Persistence.TEMPORARY:
        return
    if any(column.has(_KEY) for column in act.columns) or any(each.kind is _KEY for each in act.constraints):
        return
    for later in context.later(AddConstraint):
        if isinstance(later, AddConstraint) and later.constraint.kind is _KEY and context.same(later.table, act.table):
            return
    yield Fault(act.span, f"{act.table} has no primary key", "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
