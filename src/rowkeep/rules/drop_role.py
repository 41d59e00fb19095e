"""DROP ROLE removes a login with all its memberships.

## When

A role is dropped that this migration has not created.

## Harm

Nobody can log in with it any more, and its members lose its rights. Memberships, settings and the password are gone; a
new role of the same name has none of them. The role is gone from every database of the server.

## Given

```sql
CREATE ROLE intern LOGIN;
```

## Unsafe

```sql
DROP ROLE intern;
```

## Safe

Forbid the login first, and keep the role until you are sure that nobody needs it.

```sql
ALTER ROLE intern NOLOGIN;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import DropObject, ObjectKind, Role

RULE = Rule(
    __name__,
    code="S202",
    category=Category.SECURITY,
    severity=Severity.ERROR,
)


@RULE.on(DropObject)
def check(operation: DropObject, context: Context) -> Iterator[Violation]:
    """A role that was there before."""
    if operation.kind is not ObjectKind.ROLE:
        return
    if any(
        isinstance(earlier, Role) and earlier.is_new and earlier.role == operation.name
        for earlier in context.earlier(Role)
    ):
        return
    yield Violation(
        operation.span,
        f"{operation.name} can no longer log in, and its members lose its rights",
        f"ALTER ROLE {operation.name} NOLOGIN;",
    )
