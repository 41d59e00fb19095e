"""DROP SCHEMA removes a schema, and with CASCADE everything in it.

## When

A schema is dropped that this migration has not created itself.

## Harm

`CASCADE` drops every table, view, function and type in the schema, and whatever depends on them elsewhere; the
statement names none of them. Every table in it is locked with `ACCESS EXCLUSIVE`. Without `CASCADE` the statement
fails if the schema is not empty.

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

Take away its rights and its name, and keep it.

```sql
REVOKE ALL ON SCHEMA legacy FROM PUBLIC;
ALTER SCHEMA legacy RENAME TO legacy_retired;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import DropObject, ObjectKind
from rowkeep.knowledge.forms.recipes import join_names

RULE = Rule(
    __name__,
    code="D003",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-drop-schema",
        "atlas:DS101",
        "pgfence:drop-schema",
        "pgls:banDropSchema",
        "safe-migrate:destructive-cascade",
    ),
    claims=(LockClaim("legacy.orders", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(DropObject)
def check(operation: DropObject, context: Context) -> Iterator[Violation]:
    """A schema that this migration has not created."""
    if operation.kind is not ObjectKind.SCHEMA or context.has_made(operation.kind, operation.name):
        return
    all_of_it = " and everything in it" if operation.cascade else ""
    yield Violation(
        operation.span,
        f"drops the schema {operation.name}{all_of_it}",
        f"REVOKE ALL ON SCHEMA {operation.name} FROM PUBLIC;\nALTER SCHEMA {operation.name} RENAME TO "
        f"{join_names(operation.name.name, 'retired')};",
    )
