"""DROP OWNED drops every object of a role.

## When

Always.

## Harm

Every table, view, function and schema that the roles own in this database is dropped, and every right that was granted
to them is revoked. The statement names none of them.

## Given

```sql
CREATE ROLE intern;
CREATE ROLE shop_migration;
CREATE TABLE notes (id bigint PRIMARY KEY);
ALTER TABLE notes OWNER TO intern;
```

## Unsafe

```sql
DROP OWNED BY intern CASCADE;
```

## Safe

Give the objects to another role, then revoke the rights one by one.

```sql
REASSIGN OWNED BY intern TO shop_migration;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import DropOwned

RULE = Rule(
    __name__,
    code="D009",
    category=Category.DATA,
    severity=Severity.ERROR,
    claims=(LockClaim("notes", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(DropOwned)
def check(operation: DropOwned, context: Context) -> Iterator[Violation]:
    """DROP OWNED BY."""
    roles = ", ".join(str(role) for role in operation.roles)
    yield Violation(
        operation.span, f"drops everything that {roles} owns in this database", f"REASSIGN OWNED BY {roles} TO <role>;"
    )
