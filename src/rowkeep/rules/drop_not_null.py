"""A column may be NULL from now on: the running application may not expect that.

## When

`DROP NOT NULL` on a column of a table that existed before this migration. A column that the same migration has added,
or that is nullable already, is not a finding.

## Harm

The running application reads rows that the new version writes, and may fail on the first NULL; so may reports and
exports. The way back needs a scan, and fails as soon as there is one NULL.

## Given

```sql
CREATE TABLE users (id bigint PRIMARY KEY, phone text NOT NULL);
```

## Unsafe

```sql
ALTER TABLE users ALTER COLUMN phone DROP NOT NULL;
```

## Safe

A default that means "nothing given" keeps NULL out. Otherwise deploy the version that can read NULL first, and allow
this with that reason.

```sql
ALTER TABLE users ALTER COLUMN phone SET DEFAULT '';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import DropNotNull, ObjectKind

RULE = Rule(
    __name__,
    code="C118",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    peers=("squawk:ban-drop-not-null", "pgfence:drop-not-null", "pgls:banDropNotNull", "pgroll:alter_column"),
    claims=(LockClaim("users", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(DropNotNull)
def check(operation: DropNotNull, context: Context) -> Iterator[Violation]:
    """A column that readers could rely on until now."""
    table, column = operation.table, operation.column
    if context.is_new(table) or context.has_added(table, column) or context.undoes(ObjectKind.TABLE, table):
        return
    if context.undoes_change(table, column):
        return
    known = context.column(table, column)
    if known is not None and not known.is_not_null:
        return
    yield Violation(
        operation.span,
        f"{table}.{column} may be NULL from now on, and its readers may not expect that",
        "-- or first deploy the version of the application that can read NULL:\n"
        f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT <value>;",
        doubtful=context.is_doubtful(table),
    )
