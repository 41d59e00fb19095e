"""A copy replaces its table, without the rows that were written since.

## When

A migration copies a table (`CREATE TABLE … AS`, `INSERT … SELECT`), renames the original, and gives its name to the
copy, or to a new table without rows. After a `LOCK TABLE` of the original, or with triggers that carry later writes
over, it is one step softer.

## Harm

Rows that are written between the copy and the rename are only in the old table. A copy by `CREATE TABLE … AS` has no
primary key, default, constraint, index, trigger or right of the original; foreign keys, views and sequences still
belong to the old table.

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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import (
    CreateTable,
    CreateTrigger,
    Insert,
    LockTable,
    Name,
    ObjectKind,
    Operation,
    Read,
    Rename,
)

RULE = Rule(
    __name__,
    code="D309",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=("safe-migrate:create-table-as-select",),
    claims=(LockClaim("products", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(Rename)
def check(operation: Rename, context: Context) -> Iterator[Violation]:
    """The rename that puts the copy in place."""
    if operation.kind is not ObjectKind.TABLE or operation.part is not None:
        return
    original = Name(operation.new_name.name, operation.name.schema)
    gone = any(
        isinstance(earlier, Rename) and earlier.part is None and context.same(earlier.name, original)
        for earlier in context.earlier(Rename)
    )
    before = context.before if gone else ()
    table = context.table(operation.name)
    if gone and context.is_new(operation.name) and table is not None and not table.is_written:
        message = f"{operation.name} becomes {operation.new_name}, and has none of its rows"
        yield Violation(operation.span, message, Sentence(f"change {operation.new_name} in place with ALTER TABLE"))
    elif not gone or not any(
        _copies(before, place, operation.name, original, context) for place in range(len(before))
    ):
        return
    else:
        careful = any(
            isinstance(earlier, LockTable | CreateTrigger) and context.same(earlier.table, original)
            for earlier in before
        )
        yield Violation(
            operation.span,
            f"{operation.name} becomes {operation.new_name} without what was written to "
            f"{operation.new_name} since the copy",
            Sentence(f"change {operation.new_name} in place with ALTER TABLE"),
            doubtful=careful,
        )


def _copies(operations: tuple[Operation, ...], place: int, copy: Name, original: Name, context: Context) -> bool:
    """Whether the operation fills `copy` from `original`."""
    operation = operations[place]
    if isinstance(operation, Insert):
        return context.same(operation.table, copy) and any(context.same(name, original) for name in operation.reads)
    if isinstance(operation, CreateTable) and operation.from_query and context.same(operation.table, copy):
        query = operations[place + 1] if place + 1 < len(operations) else None
        return isinstance(query, Read) and any(context.same(name, original) for name in query.tables)
    return False
