"""A column loses its default: INSERTs that leave it out fail, or store NULL.

## When

`DROP DEFAULT` (or `SET DEFAULT NULL`) on a table that was there before this migration. It is no finding where the same
migration gives the column a default again, or has itself added it; a note where it is known that
the column may be NULL. A column that is added `NOT NULL` with a default and at once loses it is the error
`required-column-without-default`.

## Harm

The running application leaves the column out of its INSERTs, as it could so far. They fail if the column is `NOT NULL`
(SQLSTATE 23502), and store NULL if it is not.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, currency text NOT NULL DEFAULT 'EUR');
```

## Unsafe

```sql
ALTER TABLE orders ALTER COLUMN currency DROP DEFAULT;
```

## Safe

Leave the default until every running version writes the column itself.

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS channel text NOT NULL DEFAULT 'web';
```

```sql
ALTER TABLE orders ALTER COLUMN currency DROP DEFAULT, ALTER COLUMN currency SET DEFAULT 'CHF';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AlterTable, ChangeDefault, DropNotNull, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="C119",
    promise=Promise.COMPATIBILITY,
    severity=Severity.WARNING,
    peers=(
        "squawk:ban-drop-default",
        "strong_migrations:change_column_default",
        "online_migrations:change_column_default",
    ),
    claims=(Claim("orders", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(ChangeDefault)
def check(act: ChangeDefault, context: Context) -> Iterator[Fault]:
    """A value that nobody gives any more."""
    table, column = act.table, act.column
    gone = act.default is None or act.default.is_null
    if not gone or context.is_new(table) or context.undoes(ObjectKind.COLUMN, table, column):
        return
    known = context.column(table, column)
    nullable = known is not None and not known.is_not_null
    if context.has_added(table, column) or _comes_back(act, context):
        # A new column that must have a value: `required-column-without-default`.
        return
    if context.undoes_change(table, column):
        return
    nullable = nullable or _may_be_null(act, context)
    fails = "store NULL" if nullable else "fail" if known is not None else "fail, or store NULL,"
    yield Fault(
        act.span,
        f"INSERTs into {table} that leave {column} out {fails} from now on",
        "wait until every running version of the application writes the column itself",
        doubtful=context.is_doubtful(table),
        faint=nullable,
    )


def _may_be_null(act: ChangeDefault, context: Context) -> bool:
    """Whether the migration goes on to drop NOT NULL."""
    later = (
        each for each in context.later(DropNotNull) if isinstance(each, DropNotNull) and each.column == act.column
    )
    return any(context.same(each.table, act.table) for each in later)


def _comes_back(act: ChangeDefault, context: Context) -> bool:
    """Whether the migration goes on to give the column a default, or an identity."""
    for later in context.later(ChangeDefault, AlterTable):
        if isinstance(later, ChangeDefault) and later.column == act.column and context.same(later.table, act.table):
            return later.default is not None and not later.default.is_null
        if isinstance(later, AlterTable) and later.action == "AddIdentity" and later.subject == act.column:
            return True
    return False
