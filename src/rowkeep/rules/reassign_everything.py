"""REASSIGN OWNED gives everything of a role to another.

## When

Always.

## Harm

Every table, function and schema of the role has another owner, none of them is named, and each is locked with
`ACCESS EXCLUSIVE` until the migration commits. The old owner loses what it could do as owner; `SECURITY DEFINER`
functions run as the new one.

## Given

```sql
CREATE ROLE intern;
CREATE ROLE keeper;
CREATE TABLE notes (id bigint PRIMARY KEY);
ALTER TABLE notes OWNER TO intern;
```

## Unsafe

```sql
REASSIGN OWNED BY intern TO keeper;
```

## Safe

One object a migration, by its name: the lock is one, and short.

```sql
GRANT SELECT, INSERT ON notes TO keeper;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import ChangeOwner
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="S203",
    promise=Promise.SECURITY,
    severity=Severity.WARNING,
    claims=(Claim("notes", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(ChangeOwner)
def check(act: ChangeOwner, context: Context) -> Iterator[Fault]:
    """REASSIGN OWNED."""
    if act.name is None:
        yield Fault(
            act.span,
            f"everything that the role owns belongs to {act.role}, and all its tables are locked meanwhile",
            f"ALTER TABLE … OWNER TO {act.role}; (one by one)",
        )
