"""DROP DATABASE takes a whole database.

## When

Always: no migration of one database has to drop another.

## Harm

Everything in it is gone at once, and no transaction can take it back.

## Given

```sql
CREATE DATABASE shop_old;
```

## Unsafe

```sql
DROP DATABASE shop_old;
```

## Safe

Forbid the connections first, keep a proven backup, and drop by hand when nobody has missed it.

```sql
ALTER DATABASE shop_old WITH ALLOW_CONNECTIONS false;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import DropObject, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="D004",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-drop-database",
        "pgfence:drop-database",
        "pgls:banDropDatabase",
        "safe-migrate:drop-database",
    ),
)


@RULE.on(DropObject)
def check(act: DropObject, context: Context) -> Iterator[Fault]:
    """A database, or the tablespace that may hold one."""
    if act.kind in (ObjectKind.DATABASE, ObjectKind.TABLESPACE):
        repair = f"ALTER DATABASE {act.name} WITH ALLOW_CONNECTIONS false;"
        whole = act.kind is ObjectKind.DATABASE
        yield Fault(act.span, f"drops the {act.kind.value} {act.name}", repair if whole else "")
