"""A right is taken from a role that may be using it.

## When

`REVOKE` from a named role, of rights on objects that were there before this migration, or of a membership. What is
taken from `PUBLIC`, or from a role that the migration makes or gives the rights back to, is no finding.

## Harm

The running application's next query that needs the right fails.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE ROLE shop;
GRANT SELECT, INSERT ON orders TO shop;
```

## Unsafe

```sql
REVOKE INSERT ON orders FROM shop;
```

## Safe

```sql
REVOKE ALL ON orders FROM PUBLIC;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Grant, GrantRole, ObjectKind, Role
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="C215",
    promise=Promise.COMPATIBILITY,
    severity=Severity.WARNING,
    peers=(
        "squawk:ban-revoke",
        "pg-schema-diff:AUTHZ_UPDATE",
    ),
)


@RULE.on(Grant)
def right(act: Grant, context: Context) -> Iterator[Fault]:
    """REVOKE … ON … FROM."""
    if act.is_grant or act.is_default or act.grant_option:
        return
    objects = [name for name in act.objects if not context.is_new(name) and not context.has_made(act.kind, name)]
    roles = [role for role in act.to if role.name != "public" and not context.has_made(ObjectKind.ROLE, role)]
    if not objects or not roles or _is_given_back(act, context):
        return
    what = ", ".join(str(name) for name in objects)
    who = ", ".join(str(role) for role in roles)
    yield Fault(
        act.span,
        f"{who} can no longer {', '.join(act.privileges)} on {what}",
        f"-- rowkeep: allow {RULE.name} because no version of the application needs it any more",
    )


@RULE.on(GrantRole)
def membership(act: GrantRole, context: Context) -> Iterator[Fault]:
    """REVOKE role FROM."""
    made = any(isinstance(earlier, Role) and earlier.is_new and earlier.role in act.to for earlier in context.before)
    if act.is_grant or act.admin_option or made:
        return
    roles = ", ".join(str(role) for role in act.roles)
    yield Fault(
        act.span,
        f"{', '.join(str(role) for role in act.to)} loses every right of {roles}",
        f"-- rowkeep: allow {RULE.name} because no version of the application needs it any more",
    )


def _is_given_back(act: Grant, context: Context) -> bool:
    """REVOKE ALL and then GRANT of what is wanted: the way to make rights exact."""
    return any(
        isinstance(later, Grant)
        and later.is_grant
        and set(act.to) & set(later.to)
        and set(act.objects) & set(later.objects)
        for later in context.after
    )
