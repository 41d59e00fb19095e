"""A renamed table is not found by the application that runs.

## When

A table is renamed that was there before this migration. Where the migration then creates a view under the old name, it
is a note: a simple view takes reads and writes, but no `ON CONFLICT` of the table's keys. To put `retired` into the
name says that nobody uses the table, and is no finding.

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

Give the new name to a view first; when every version uses it, exchange them.

```sql
CREATE VIEW vouchers AS SELECT code FROM coupons;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import CreateView, ObjectKind, Rename
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="C201",
    promise=Promise.COMPATIBILITY,
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
    claims=(Claim("coupons", LockMode.ACCESS_EXCLUSIVE),),
)
_TABLES = (ObjectKind.TABLE, ObjectKind.FOREIGN_TABLE)


@RULE.on(Rename)
def check(act: Rename, context: Context) -> Iterator[Fault]:
    """A table that somebody else may name."""
    if act.kind not in _TABLES or act.part is not None or context.is_new(act.name):
        return
    if context.index(act.name) is not None or "retired" in act.new_name.name:
        return
    if any(isinstance(later, Rename) and later.new_name.name == act.name.name for later in context.later(Rename)):
        # Another table takes the name, which is a rule's own matter.
        return
    stands_in = any(
        isinstance(later, CreateView) and context.same(later.view, act.name) for later in context.later(CreateView)
    )
    yield Fault(
        act.span,
        f"the running application finds a view in the place of {act.name}, which does not take every write"
        if stands_in
        else f"the running application no longer finds {act.name}",
        f"CREATE VIEW {act.new_name} AS SELECT * FROM {act.name};",
        doubtful=context.is_doubtful(act.name),
        faint=stands_in,
    )
