"""The running application no longer finds a renamed column.

## When

A column is renamed that existed before this migration. A column that the same migration adds again under the old name
is not a finding.

## Harm

Between the commit and the last restart, every query of the old version that names the column fails. Prepared
statements of the new version fail as well, until it reconnects.

## Given

```sql
CREATE TABLE users (id bigint PRIMARY KEY, phone text);
```

## Unsafe

```sql
ALTER TABLE users RENAME COLUMN phone TO mobile;
```

## Safe

Add the new column, write both from the application or a trigger, fill it in batches, read the new one, and retire the
old one when no version uses it any more.

```sql
ALTER TABLE users ADD COLUMN IF NOT EXISTS mobile text;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AddColumn, ObjectKind, Rename

RULE = Rule(
    __name__,
    code="C200",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:renaming-column",
        "strong_migrations:rename_column",
        "online_migrations:rename_column",
        "atlas:BC102",
        "pgfence:rename-column",
        "pgls:renamingColumn",
        "django-pg-zero-downtime:ALTER_TABLE_RENAME_COLUMN",
        "pgroll:rename_column",
    ),
    claims=(LockClaim("users", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(Rename)
def check(operation: Rename, context: Context) -> Iterator[Violation]:
    """A column that somebody else may name."""
    if operation.kind is not ObjectKind.COLUMN or operation.part is None or context.is_new(operation.name):
        return
    if context.has_added(operation.name, operation.part):
        return
    for later in context.later(AddColumn):
        if (
            isinstance(later, AddColumn)
            and later.column.name == operation.part
            and context.same(later.table, operation.name)
        ):
            return
    column = context.column(operation.name, operation.part)
    kind = column.type if column is not None and column.type is not None else "<type>"
    yield Violation(
        operation.span,
        f"the running application no longer finds {operation.name}.{operation.part}",
        f"ALTER TABLE {operation.name} ADD COLUMN IF NOT EXISTS {operation.new_name} {kind};\n"
        f"-- then write both columns, fill {operation.new_name} in batches, read it, and retire {operation.part} last",
        doubtful=context.is_doubtful(operation.name),
    )
