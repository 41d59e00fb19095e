"""The running application no longer finds a renamed table.

## When

A table is renamed that existed before this migration. Where the migration then creates a view under the old name, it
is a note: a simple view takes reads and writes, but no `ON CONFLICT` on the table's keys. A new name with `retired` in
it says that nobody uses the table, and is not a finding.

## Harm

Between the commit and the last restart, every query of the old version that names the table fails.

## Given

```sql
CREATE TABLE coupons (code text PRIMARY KEY);
```

## Unsafe

```sql
ALTER TABLE coupons RENAME TO vouchers;
```

## Safe

Create a view with the new name first. When every version uses it, exchange the two.

```sql
CREATE VIEW vouchers AS SELECT code FROM coupons;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import CreateView, ObjectKind, Rename

RULE = Rule(
    __name__,
    code="C201",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:renaming-table",
        "strong_migrations:rename_table",
        "online_migrations:rename_table",
        "atlas:BC101",
        "pgfence:rename-table",
        "pgls:renamingTable",
        "django-pg-zero-downtime:ALTER_TABLE_RENAME",
        "pgroll:rename_table",
    ),
    claims=(LockClaim("coupons", LockMode.ACCESS_EXCLUSIVE),),
)
_TABLES = (ObjectKind.TABLE, ObjectKind.FOREIGN_TABLE)


@RULE.on(Rename)
def check(operation: Rename, context: Context) -> Iterator[Violation]:
    """A table that somebody else may name."""
    if operation.kind not in _TABLES or operation.part is not None or context.is_new(operation.name):
        return
    if context.index(operation.name) is not None or "retired" in operation.new_name.name:
        return
    if any(
        isinstance(later, Rename) and later.new_name.name == operation.name.name for later in context.later(Rename)
    ):
        # Another table takes the name: copy-takes-name covers that.
        return
    stands_in = any(
        isinstance(later, CreateView) and context.same(later.view, operation.name)
        for later in context.later(CreateView)
    )
    yield Violation(
        operation.span,
        f"the running application finds a view instead of {operation.name}, and it does not take every write"
        if stands_in
        else f"the running application no longer finds {operation.name}",
        f"CREATE VIEW {operation.new_name} AS SELECT * FROM {operation.name};",
        doubtful=context.is_doubtful(operation.name),
        faint=stands_in,
    )
