"""DROP OWNED takes every object of a role.

## When

Always.

## Harm

Every table, view, function and schema that the roles own in this database is dropped, and every right that was granted
to them is revoked; none of them is named.

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

Hand the objects over, then take the rights one by one.

```sql
REASSIGN OWNED BY intern TO shop_migration;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import DropOwned
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="D009",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    claims=(Claim("notes", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(DropOwned)
def check(act: DropOwned, context: Context) -> Iterator[Fault]:
    """DROP OWNED BY."""
    roles = ", ".join(str(role) for role in act.roles)
    yield Fault(act.span, f"drops everything that {roles} owns in this database", f"REASSIGN OWNED BY {roles} TO …;")
