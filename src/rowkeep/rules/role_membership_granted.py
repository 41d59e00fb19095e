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

from rowkeep.domain.act import Act, GrantRole, Name, Role
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule
from rowkeep.knowledge.roles import is_own_role

RULE = Rule(__name__, code="S303", promise=Promise.SECURITY, severity=Severity.WARNING)


@RULE.on(GrantRole)
def granted(act: GrantRole, context: Context) -> Iterator[Fault]:
    """GRANT of a role."""
    who = ", ".join(str(role) for role in act.to)
    for role in act.roles if act.is_grant else ():
        if not is_own_role(role.name):
            yield _fault(act, who, str(role), context, admin=act.admin_option)


@RULE.on(Role)
def made(act: Role, context: Context) -> Iterator[Fault]:
    """A role that is made as a member, or a group that gets one."""
    options = dict(act.options)
    if "addroleto" in options:
        yield _fault(act, str(act.role), options["addroleto"], context)
    if "rolemembers" in options:
        yield _fault(act, options["rolemembers"], str(act.role), context)


def _fault(act: Act, who: str, group: str, context: Context, *, admin: bool = False) -> Fault:
    new = any(isinstance(each, Role) and each.is_new and each.role == Name(group) for each in context.earlier(Role))
    more = ", and make others members of it" if admin else ""
    return Fault(
        act.span, f"{who} can do whatever {group} can{more}", f"GRANT … ON … TO {who};", faint=new and not admin
    )
