"""A table is dropped and created again, instead of altered.

## When

The same part of a migration drops a table and later creates one of the same name.

## Harm

The new table is empty: the rows of the old one are gone. So are its indexes, triggers, rights, comments, policies and
the foreign keys that pointed to it; whatever the new definition does not repeat is lost silently.

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

from rowkeep.domain.act import CreateTable, DropObject
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="D010",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    peers=("strong_migrations:create_table", "online_migrations:create_table"),
    claims=(Claim("tags", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(CreateTable)
def check(act: CreateTable, context: Context) -> Iterator[Fault]:
    """A table that this part has dropped, when it was not its own."""
    if context.known.dropped.get(context.key(act.table)) != context.number or context.is_down:
        return
    for earlier in context.earlier(CreateTable, DropObject):
        if isinstance(earlier, CreateTable) and context.same(earlier.table, act.table):
            return
        if isinstance(earlier, DropObject) and context.same(earlier.name, act.table):
            yield Fault(
                act.span,
                f"creates {act.table} again after its rows were dropped",
                f"ALTER TABLE {act.table} …; (ADD COLUMN IF NOT EXISTS, ALTER COLUMN … TYPE, ADD CONSTRAINT …)",
            )
            return
