"""A column loses its default: INSERTs that leave it out fail, or store NULL.

## When

`DROP DEFAULT` (or `SET DEFAULT NULL`) on a table that existed before this migration. It is not a finding where the
same migration gives the column another default, or has added the column; it is a note where the column is known to be
nullable. A column that is added `NOT NULL` with a default and loses it at once is the error
`required-column-without-default`.

## Harm

The running application leaves the column out of its INSERTs. They fail if the column is `NOT NULL` (SQLSTATE 23502),
and store NULL if it is not.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, currency text NOT NULL DEFAULT 'EUR');
```

## Unsafe

```sql
ALTER TABLE orders ALTER COLUMN currency DROP DEFAULT;
```

## Safe

Keep the default until every running version writes the column itself.

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS channel text NOT NULL DEFAULT 'web';
```

```sql
ALTER TABLE orders ALTER COLUMN currency DROP DEFAULT, ALTER COLUMN currency SET DEFAULT 'CHF';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AlterTable, ChangeDefault, DropNotNull, ObjectKind

RULE = Rule(
    __name__,
    code="C119",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    peers=(
        "squawk:ban-drop-default",
        "strong_migrations:change_column_default",
        "online_migrations:change_column_default",
    ),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(ChangeDefault)
def check(operation: ChangeDefault, context: Context) -> Iterator[Violation]:
    """A default that is no longer there."""
    table, column = operation.table, operation.column
    gone = operation.default is None or operation.default.is_null
    if not gone or context.is_new(table) or context.undoes(ObjectKind.COLUMN, table, column):
        return
    known = context.column(table, column)
    nullable = known is not None and not known.is_not_null
    if context.has_added(table, column) or _comes_back(operation, context):
        # A new column that must have a value: `required-column-without-default`.
        return
    if context.undoes_change(table, column):
        return
    nullable = nullable or _may_be_null(operation, context)
    fails = "store NULL" if nullable else "fail" if known is not None else "fail, or store NULL,"
    yield Violation(
        operation.span,
        f"INSERTs into {table} that leave {column} out {fails} from now on",
        Sentence("keep the default until every running version of the application writes the column itself"),
        doubtful=context.is_doubtful(table),
        faint=nullable,
    )


def _may_be_null(operation: ChangeDefault, context: Context) -> bool:
    """Whether the migration later drops NOT NULL."""
    later = (
        change
        for change in context.later(DropNotNull)
        if isinstance(change, DropNotNull) and change.column == operation.column
    )
    return any(context.same(change.table, operation.table) for change in later)


def _comes_back(operation: ChangeDefault, context: Context) -> bool:
    """Whether the migration later gives the column a default, or an identity."""
    for later in context.later(ChangeDefault, AlterTable):
        if (
            isinstance(later, ChangeDefault)
            and later.column == operation.column
            and context.same(later.table, operation.table)
        ):
            return later.default is not None and not later.default.is_null
        if isinstance(later, AlterTable) and later.action == "AddIdentity" and later.subject == operation.column:
            return True
    return False
