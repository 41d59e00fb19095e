"""An index is dropped before its replacement is built.

## When

One migration drops an index and later creates one on the same table, at least one of the two `CONCURRENTLY`. They are
known to do the same work where they have the same name, or where these files show which columns the dropped index
begins with. `DROP INDEX IF EXISTS` before the same `CREATE INDEX CONCURRENTLY`, of an index that these files do not
know, only removes a failed build and is not a finding. Without `CONCURRENTLY` the locks of both are separate findings.

## Harm

Between the two statements, queries that need the index read the whole table.

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

Build the new index first, under another name.

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
from rowkeep.knowledge.forms import recipes
from rowkeep.knowledge.forms.index_columns import index_definition

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
            # The lock of either is a separate finding, and weighs more.
            continue
        same_name = later.index is not None and later.index.name == operation.name.name
        if known is None:
            # Its columns are not known: compare the names.
            if same_name and operation.if_exists and later.concurrently:
                continue
            likely = same_name or _has_same_stem(operation.name.name, later)
        else:
            first = tuple(column.name if column is not None else None for column in later.columns[:1])
            likely = known.table == context.key(later.table) and (same_name or known.columns[:1] == first)
        if likely:
            name = recipes.join_names(operation.name.name, "new") if same_name else later.index
            unique = "UNIQUE " if later.unique else ""
            source = context.statement.source if context.statement is not None else context.migration.source
            definition = index_definition(later, source)
            yield Violation(
                operation.span,
                f"drops {operation.name} before its replacement on {later.table} is built: until then "
                "queries read the whole table",
                f"CREATE {unique}INDEX CONCURRENTLY IF NOT EXISTS {name or '<index>'} ON {later.table} {definition};\n"
                f"{recipes.NEXT}\n"
                f"DROP INDEX CONCURRENTLY IF EXISTS {operation.name};",
                doubtful=known is None,
            )
            return


def _has_same_stem(dropped: str, made: CreateIndex) -> bool:
    """Whether the new index is called like the old one and more: orders_customer_idx, orders_customer_placed_idx."""
    stem = dropped.removesuffix("_idx").removesuffix("_index").removesuffix("_key")
    return made.index is not None and len(stem) > len(made.table.name) and made.index.name.startswith(stem)
