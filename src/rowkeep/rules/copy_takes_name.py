"""A copy takes the place of its table, without what was written since.

## When

A migration copies a table (`CREATE TABLE … AS`, `INSERT … SELECT`), renames it out of the way, and gives its name to
the copy, or to a new table without rows. Behind a `LOCK TABLE` of the original, or with triggers that carry later
writes over, it is one step softer.

## Harm

Rows that are written between the copy and the rename are in the old table only. A copy by `CREATE TABLE … AS` has no
primary key, no default, no constraint, no index, no trigger and no right of the original; foreign keys, views and
sequences still belong to the old one.

## Given

```sql
CREATE TABLE products (id bigint PRIMARY KEY, title text);
```

## Unsafe

```sql
CREATE TABLE products_new AS SELECT id, title FROM products;
ALTER TABLE products RENAME TO products_old;
ALTER TABLE products_new RENAME TO products;
```

## Safe

Change the table in place.

```sql
ALTER TABLE products ADD COLUMN IF NOT EXISTS subtitle text;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Act, CreateTable, CreateTrigger, Insert, LockTable, Name, ObjectKind, Read, Rename
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="D309",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    peers=("safe-migrate:create-table-as-select",),
    claims=(Claim("products", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(Rename)
def check(act: Rename, context: Context) -> Iterator[Fault]:
    """The rename that puts the copy in place."""
    if act.kind is not ObjectKind.TABLE or act.part is not None:
        return
    original = Name(act.new_name.name, act.name.schema)
    gone = any(
        isinstance(each, Rename) and each.part is None and context.same(each.name, original)
        for each in context.earlier(Rename)
    )
    before = context.before if gone else ()
    table = context.table(act.name)
    if gone and context.is_new(act.name) and table is not None and not table.is_written:
        message = f"{act.name} becomes {act.new_name}, and has none of its rows"
        yield Fault(act.span, message, f"ALTER TABLE {act.new_name} …; (change it in place)")
    elif not gone or not any(_copies(before, place, act.name, original, context) for place in range(len(before))):
        return
    else:
        careful = any(
            isinstance(each, LockTable | CreateTrigger) and context.same(each.table, original) for each in before
        )
        yield Fault(
            act.span,
            f"{act.name} becomes {act.new_name} without what was written to {act.new_name} since the copy",
            f"ALTER TABLE {act.new_name} …; (change it in place)",
            doubtful=careful,
        )


def _copies(acts: tuple[Act, ...], place: int, copy: Name, original: Name, context: Context) -> bool:
    """Whether the act fills `copy` from `original`."""
    act = acts[place]
    if isinstance(act, Insert):
        return context.same(act.table, copy) and any(context.same(name, original) for name in act.reads)
    if isinstance(act, CreateTable) and act.from_query and context.same(act.table, copy):
        query = acts[place + 1] if place + 1 < len(acts) else None
        return isinstance(query, Read) and any(context.same(name, original) for name in query.tables)
    return False
