"""A right is revoked from a role that may use it.

## When

`REVOKE` from a named role, of rights on objects that existed before this migration, or of a membership. It is not a
finding where the migration creates the role, or grants the right again. `USAGE` of a schema and `CONNECT`, revoked
from `PUBLIC`, are one step softer; other rights of `PUBLIC` are not findings. `NOLOGIN`, `CONNECTION LIMIT 0` and
`ALLOW_CONNECTIONS false` take the right to connect, and are one step softer: they come before a drop, and can be
undone. `ALTER DEFAULT PRIVILEGES … REVOKE` from a named role is one step softer, too: it applies to objects that are
created later.

## Harm

The next query of the running application that needs the right fails.

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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import suggest_allow
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AlterObject, Grant, GrantRole, Name, ObjectKind, Role

RULE = Rule(
    __name__,
    code="C215",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-revoke",
        "pg-schema-diff:AUTHZ_UPDATE",
    ),
)


@RULE.on(Grant)
def check_right(operation: Grant, context: Context) -> Iterator[Violation]:
    """REVOKE … ON … FROM."""
    if operation.is_grant or operation.is_default or operation.grant_option:
        return
    objects = [
        name for name in operation.objects if not context.is_new(name) and not context.has_made(operation.kind, name)
    ]
    roles = [role for role in operation.to if not _is_fresh(role, context)]
    everybody = [role.name for role in roles] == ["public"]
    if not objects or not roles or _is_given_back(operation, context) or (everybody and _is_hardening(operation)):
        return
    what = ", ".join(str(name) for name in objects)
    who = ", ".join(str(role) for role in roles)
    yield Violation(
        operation.span,
        f"{who} can no longer {', '.join(operation.privileges)} on {what}",
        suggest_allow("when no version of the application needs it any more", RULE.name),
        doubtful=everybody,
    )


@RULE.on(Grant)
def check_default(operation: Grant, context: Context) -> Iterator[Violation]:
    """ALTER DEFAULT PRIVILEGES … REVOKE … FROM a role: what is made from now on."""
    roles = [role for role in operation.to if role.name != "public" and not _is_fresh(role, context)]
    if (
        operation.is_grant
        or not operation.is_default
        or operation.grant_option
        or not roles
        or _is_given_back(operation, context)
    ):
        return
    yield Violation(
        operation.span,
        f"{', '.join(map(str, roles))} may not {', '.join(operation.privileges)} on future objects",
        suggest_allow("when each migration grants what the application needs", RULE.name),
        doubtful=True,
    )


@RULE.on(Role)
def check_login(operation: Role, context: Context) -> Iterator[Violation]:
    """ALTER ROLE … NOLOGIN, CONNECTION LIMIT 0."""
    options = dict(operation.options)
    closed = options.get("canlogin") == "false" or options.get("connectionlimit") == "0"
    if closed and not operation.is_new and not _is_fresh(operation.role, context):
        yield Violation(
            operation.span,
            f"{operation.role} can no longer log in",
            suggest_allow("when no version of the application uses the role any more", RULE.name),
            doubtful=True,
        )


@RULE.on(AlterObject)
def check_database(operation: AlterObject, context: Context) -> Iterator[Violation]:
    """ALTER DATABASE … CONNECTION LIMIT 0, ALLOW_CONNECTIONS false."""
    options = dict(operation.options)
    closed = options.get("connection_limit") == "0" or options.get("allow_connections") in ("false", "0", "off")
    if operation.kind is ObjectKind.DATABASE and closed:
        hint = suggest_allow("when nobody uses the database any more", RULE.name)
        yield Violation(operation.span, f"nobody can connect to {operation.name} any more", hint, doubtful=True)


@RULE.on(GrantRole)
def check_membership(operation: GrantRole, context: Context) -> Iterator[Violation]:
    """REVOKE role FROM."""
    if operation.is_grant or operation.admin_option or any(_is_fresh(role, context) for role in operation.to):
        return
    roles = ", ".join(str(role) for role in operation.roles)
    yield Violation(
        operation.span,
        f"{', '.join(str(role) for role in operation.to)} loses every right of {roles}",
        suggest_allow("when no version of the application needs it any more", RULE.name),
    )


def _is_fresh(role: Name, context: Context) -> bool:
    """Whether this migration has made the role."""
    return any(
        isinstance(earlier, Role) and earlier.is_new and earlier.role == role for earlier in context.earlier(Role)
    )


def _is_hardening(operation: Grant) -> bool:
    """Whether PUBLIC can do without the right: with all but the two that it has by default and everybody needs."""
    needed = {ObjectKind.SCHEMA: "USAGE", ObjectKind.DATABASE: "CONNECT"}
    return needed.get(operation.kind) not in operation.privileges


def _is_given_back(operation: Grant, context: Context) -> bool:
    """Whether a GRANT follows: REVOKE ALL and then GRANT is the way to set rights exactly."""
    return any(
        isinstance(later, Grant)
        and later.is_grant
        and set(operation.to) & set(later.to)
        and set(operation.objects) & set(later.objects)
        for later in context.later(Grant)
    )
