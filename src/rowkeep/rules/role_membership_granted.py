"""A role can do whatever another role can.

## When

`GRANT role TO role`, `CREATE ROLE … IN ROLE`, `ALTER GROUP … ADD USER`. A role that the same migration has made is a
note. PostgreSQL's own roles have a rule of their own.

## Harm

A member has every right of the role, and can become it by `SET ROLE`: if that is the owner of the tables, the member
may drop them. `WITH ADMIN OPTION` lets it make others members, too.

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
def granted(operation: GrantRole, context: Context) -> Iterator[Violation]:
    """GRANT of a role."""
    who = ", ".join(str(role) for role in operation.to)
    for role in operation.roles if operation.is_grant else ():
        if not is_own_role(role.name):
            yield _fault(operation, who, str(role), context, admin=operation.admin_option)


@RULE.on(Role)
def made(operation: Role, context: Context) -> Iterator[Violation]:
    """A role that is made as a member, or a group that gets one."""
    options = dict(operation.options)
    if "addroleto" in options:
        yield _fault(operation, str(operation.role), options["addroleto"], context)
    if "rolemembers" in options:
        yield _fault(operation, options["rolemembers"], str(operation.role), context)


def _fault(operation: Operation, who: str, group: str, context: Context, *, admin: bool = False) -> Violation:
    new = any(isinstance(each, Role) and each.is_new and each.role == Name(group) for each in context.earlier(Role))
    more = ", and make others members of it" if admin else ""
    return Violation(
        operation.span, f"{who} can do whatever {group} can{more}", f"GRANT … ON … TO {who};", faint=new and not admin
    )
