"""A copied table takes the place of the original, without the rows written meanwhile.

## When

A migration fills a table from a query, renames an old table away and gives its name to the copy, and has not locked
the old one before it copied.

## Harm

Rows that the application writes between the copy and the exchange are only in the old table: the new one lacks them.
Defaults, keys, indexes, triggers, rights and the foreign keys of others stay with the old one, too.

## Given

```sql
CREATE TABLE products (id bigint PRIMARY KEY, title text, junk text);
```

## Unsafe

```sql
CREATE TABLE products_new AS SELECT id, title FROM products;
ALTER TABLE products RENAME TO products_retired;
ALTER TABLE products_new RENAME TO products;
```

## Safe

Change the table in place.

```sql
ALTER TABLE products ADD COLUMN IF NOT EXISTS name text;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Act, CreateTable, Insert, LockTable, ObjectKind, Rename
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="D207",
    promise=Promise.DATA,
    severity=Severity.ERROR,
)


@RULE.on(Rename)
def check(act: Rename, context: Context) -> Iterator[Fault]:
    """A table of this migration that takes the name of an old one."""
    if act.kind is not ObjectKind.TABLE or act.part is not None or not context.is_new(act.name):
        return
    for earlier in context.before:
        if isinstance(earlier, LockTable) and earlier.table.name == act.new_name.name:
            return
        if isinstance(earlier, Rename) and earlier.part is None and earlier.name.name == act.new_name.name:
            if earlier.kind is ObjectKind.TABLE and any(_fills(one, act, context) for one in context.before):
                yield Fault(
                    act.span,
                    f"{act.new_name} lacks the rows that were written since {act.name} was filled",
                    f"ALTER TABLE {act.new_name} …; (in place), or LOCK TABLE {act.new_name} before the copy",
                )
            return


def _fills(one: Act, act: Rename, context: Context) -> bool:
    match one:
        case CreateTable(table=table, from_query=True) | Insert(table=table, from_query=True):
            return context.same(table, act.name)
    return False
