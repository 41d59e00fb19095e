"""An index is dropped before the one that takes its place is there.

## When

One migration drops an index and later builds one on the same table, at least one of both `CONCURRENTLY`. That they do
the same work is taken as known where the names are the same or where these files tell what the dropped index began
with. `DROP INDEX IF EXISTS` in front of the same `CREATE INDEX CONCURRENTLY`, of an index that these files do not
know, only clears away a broken build. Without `CONCURRENTLY` the locks of both are findings of their own.

## Harm

Between the two, queries that need the index read the whole table.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, placed_at timestamptz);
CREATE INDEX orders_customer_idx ON orders (customer_id);
```

## Unsafe

```sql
DROP INDEX CONCURRENTLY IF EXISTS orders_customer_idx;
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_customer_placed_idx ON orders (customer_id, placed_at);
```

## Safe

The new one first, under another name.

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_customer_placed_idx ON orders (customer_id, placed_at);
-- in the next migration:
DROP INDEX CONCURRENTLY IF EXISTS orders_customer_idx;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CreateIndex, DropObject, ObjectKind

RULE = Rule(
    __name__,
    code="L212",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=("online_migrations:replace_index", "pg-schema-diff:INDEX_DROPPED"),
)


@RULE.on(DropObject)
def check(operation: DropObject, context: Context) -> Iterator[Violation]:
    """An index whose place another one takes later."""
    if operation.kind is not ObjectKind.INDEX or operation.is_stored:
        return
    known = context.index(operation.name)
    for later in context.later(CreateIndex):
        if not isinstance(later, CreateIndex) or later.is_stored or context.is_new(later.table):
            continue
        if not (later.concurrently or operation.concurrently):
            # The lock of either is a finding of its own, and weighs more.
            continue
        same_name = later.index is not None and later.index.name == operation.name.name
        if known is None:
            # Nobody knows what it began with: the same name, or names of one stem.
            if same_name and operation.if_exists and later.concurrently:
                continue
            likely = same_name or _stem(operation.name.name, later)
        else:
            first = tuple(column.name if column is not None else None for column in later.columns[:1])
            likely = known.table == context.key(later.table) and (same_name or known.columns[:1] == first)
        if likely:
            name = f"{later.index.name if later.index else later.table.name}_new" if same_name else later.index
            yield Violation(
                operation.span,
                f"drops {operation.name} before its successor on {later.table} is built: until then "
                "queries read all of it",
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name or '…'} ON {later.table} (…);\n"
                f"-- in the next migration:\n"
                f"DROP INDEX CONCURRENTLY IF EXISTS {operation.name};",
                doubtful=known is None,
            )
            return


def _stem(dropped: str, made: CreateIndex) -> bool:
    """Whether the new index is called like the old one and more: orders_customer_idx, orders_customer_placed_idx."""
    stem = dropped.removesuffix("_idx").removesuffix("_index").removesuffix("_key")
    return made.index is not None and len(stem) > len(made.table.name) and made.index.name.startswith(stem)
