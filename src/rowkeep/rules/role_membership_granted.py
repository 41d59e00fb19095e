"""A role becomes a member of another role.

## When

`GRANT role TO role`, `CREATE ROLE … IN ROLE`, `ALTER GROUP … ADD USER`. If the same migration has created the role, it
is a note. PostgreSQL's own roles have their own rule.

## Harm

A member has every right of the role, and can become it with `SET ROLE`: if the role owns the tables, the member may
drop them. `WITH ADMIN OPTION` lets it make others members, too.

## Given

```sql
CREATE ROLE shop_owner;
CREATE ROLE shop_app;
CREATE TABLE orders (id bigint PRIMARY KEY);
```

## Unsafe

```sql
GRANT shop_owner TO shop_app;
```

```sql
CREATE ROLE intern LOGIN IN ROLE shop_owner;
```

## Safe

```sql
GRANT SELECT ON orders TO shop_app;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import GrantRole, Name, Operation, Role
from rowkeep.knowledge.roles import is_own_role

RULE = Rule(__name__, code="S303", category=Category.SECURITY, severity=Severity.WARNING)


@RULE.on(GrantRole)
def check_grant(operation: GrantRole, context: Context) -> Iterator[Violation]:
    """GRANT of a role."""
    who = ", ".join(str(role) for role in operation.to)
    for role in operation.roles if operation.is_grant else ():
        if not is_own_role(role.name):
            yield _report(operation, who, str(role), context, admin=operation.admin_option)


@RULE.on(Role)
def check_role(operation: Role, context: Context) -> Iterator[Violation]:
    """A role that is made as a member, or a group that gets one."""
    options = dict(operation.options)
    if "addroleto" in options:
        yield _report(operation, str(operation.role), options["addroleto"], context)
    if "rolemembers" in options:
        yield _report(operation, options["rolemembers"], str(operation.role), context)


def _report(operation: Operation, who: str, group: str, context: Context, *, admin: bool = False) -> Violation:
    new = any(
        isinstance(earlier, Role) and earlier.is_new and earlier.role == Name(group)
        for earlier in context.earlier(Role)
    )
    more = ", and make others members of it" if admin else ""
    return Violation(
        operation.span,
        f"{who} can do whatever {group} can{more}",
        f"GRANT <rights> ON <table> TO {who};",
        faint=new and not admin,
    )
