"""DROP ROLE takes a login with all its memberships.

## When

A role is dropped that this migration has not made.

## Harm

Whoever logs in with it cannot any more, and members of it lose its rights. Memberships, settings and the password are
gone; a new role of the same name has none of them. The role is gone from every database of the server.

## Given

```sql
CREATE ROLE intern LOGIN;
```

## Unsafe

```sql
DROP ROLE intern;
```

## Safe

Shut the door first, and keep the role until nobody has missed it.

```sql
ALTER ROLE intern NOLOGIN;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import DropObject, ObjectKind, Role
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="S202",
    promise=Promise.SECURITY,
    severity=Severity.ERROR,
)


@RULE.on(DropObject)
def check(act: DropObject, context: Context) -> Iterator[Fault]:
    """A role that was there before."""
    if act.kind is not ObjectKind.ROLE:
        return
    if any(
        isinstance(earlier, Role) and earlier.is_new and earlier.role == act.name for earlier in context.earlier(Role)
    ):
        return
    yield Fault(
        act.span,
        f"{act.name} can no longer log in, and who is a member of it loses its rights",
        f"ALTER ROLE {act.name} NOLOGIN;",
    )
