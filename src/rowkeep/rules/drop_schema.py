"""DROP SCHEMA takes a namespace, and with CASCADE everything in it.

## When

A schema is dropped that this migration has not made itself.

## Harm

With `CASCADE` every table, view, function and type in the schema goes, and whatever elsewhere depends on them; the
statement does not name one of them. Every table in it is locked with `ACCESS EXCLUSIVE` at once. Without `CASCADE` it
fails as long as anything is left.

## Given

```sql
CREATE SCHEMA spare;
CREATE SCHEMA legacy;
CREATE TABLE legacy.orders (id bigint PRIMARY KEY);
```

## Unsafe

```sql
DROP SCHEMA legacy CASCADE;
```

```sql
DROP SCHEMA IF EXISTS spare;
```

## Safe

Take it out of everybody's way, and keep it.

```sql
REVOKE ALL ON SCHEMA legacy FROM PUBLIC;
ALTER SCHEMA legacy RENAME TO legacy_retired;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import DropObject, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="D003",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-drop-schema",
        "atlas:DS101",
        "pgfence:drop-schema",
        "pgls:banDropSchema",
        "safe-migrate:destructive-cascade",
    ),
    claims=(Claim("legacy.orders", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(DropObject)
def check(act: DropObject, context: Context) -> Iterator[Fault]:
    """A schema, unless it is this migration's own."""
    if act.kind is not ObjectKind.SCHEMA or context.has_made(act.kind, act.name):
        return
    all_of_it = " and everything in it" if act.cascade else ""
    yield Fault(
        act.span,
        f"drops the schema {act.name}{all_of_it}",
        f"REVOKE ALL ON SCHEMA {act.name} FROM PUBLIC;\nALTER SCHEMA {act.name} RENAME TO {act.name}_retired;",
    )
