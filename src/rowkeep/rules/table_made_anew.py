"""A table is dropped and created again instead of altered.

## When

The same part of a migration drops a table and later creates one with the same name.

## Harm

The new table is empty: the rows of the old one are gone. So are its indexes, triggers, rights, comments, policies and
the foreign keys that referred to it; whatever the new definition does not repeat is silently lost.

## Given

```sql
CREATE TABLE tags (id bigint PRIMARY KEY, name varchar(20));
```

## Unsafe

```sql
DROP TABLE IF EXISTS tags;
CREATE TABLE tags (id bigint PRIMARY KEY, name text);
```

## Safe

```sql
ALTER TABLE tags ADD COLUMN IF NOT EXISTS colour text;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import CreateTable, DropObject

RULE = Rule(
    __name__,
    code="D010",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=("strong_migrations:create_table", "online_migrations:create_table"),
    claims=(LockClaim("tags", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(CreateTable)
def check(operation: CreateTable, context: Context) -> Iterator[Violation]:
    """A table that this part has dropped, and that it had not created itself."""
    if context.known.dropped.get(context.key(operation.table)) != context.number or context.is_down:
        return
    for earlier in context.earlier(CreateTable, DropObject):
        if isinstance(earlier, CreateTable) and context.same(earlier.table, operation.table):
            return
        if isinstance(earlier, DropObject) and context.same(earlier.name, operation.table):
            yield Violation(
                operation.span,
                f"creates {operation.table} again after its rows were dropped",
                Sentence(f"keep the rows: change {operation.table} with ALTER TABLE"),
            )
            return
