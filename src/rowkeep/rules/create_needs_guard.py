"""CREATE of something that has no IF NOT EXISTS fails the second time.

## When

A type, domain, policy, role, publication, subscription, event trigger or tablespace is made, for which PostgreSQL has
no `IF NOT EXISTS`, and nothing around it makes sure that it is not there: no `IF`, no handler for `duplicate_object`,
no `DROP … IF EXISTS` before it. A transaction that holds the whole migration takes everything back when it fails:
there only roles are a finding, as a note. What belongs to a table that the migration has made is none.

## Harm

A database that already has it, because somebody made it by hand or restored it from elsewhere, cannot be migrated
until somebody mends the history. Outside a transaction, what was made stays when the migration stops later, and the
next run meets it. Roles belong to the whole server: the second database of it meets them too.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);
CREATE INDEX orders_total_idx ON orders (total);
```

## Unsafe

```sql
CREATE TYPE delivery_speed AS ENUM ('standard', 'express');
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_total_index ON orders (total);
```

```sql
ALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total > 0) NOT VALID;
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_total_index ON orders (total);
```

## Safe

```sql
DO $$
BEGIN
  CREATE TYPE delivery_speed AS ENUM ('standard', 'express');
EXCEPTION WHEN duplicate_object THEN NULL;
END
$$;
```

```sql
ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_total_positive;
ALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total > 0) NOT VALID;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import (
    Act,
    AddConstraint,
    AlterDomain,
    CreateDomain,
    CreateEnum,
    CreateObject,
    DropConstraint,
    DropObject,
    Name,
    ObjectKind,
    Policy,
    Role,
)
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="R301",
    promise=Promise.REPEAT,
    severity=Severity.WARNING,
    peers=("squawk:prefer-robust-stmts", "safe-migrate:missing-idempotency", "pgls:preferRobustStmts"),
)

_BARE = frozenset(
    {
        ObjectKind.TYPE,
        ObjectKind.PUBLICATION,
        ObjectKind.SUBSCRIPTION,
        ObjectKind.EVENT_TRIGGER,
        ObjectKind.DATABASE,
        ObjectKind.TABLESPACE,
    }
)
_GUARD = "DO $$ BEGIN …; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"


@RULE.on(CreateObject)
def thing(act: CreateObject, context: Context) -> Iterator[Fault]:
    """What has no IF NOT EXISTS of its own."""
    if act.kind in _BARE and not act.if_not_exists:
        yield from _found(act, act.kind, act.name, context)


@RULE.on(CreateEnum)
def enum(act: CreateEnum, context: Context) -> Iterator[Fault]:
    """CREATE TYPE … AS ENUM."""
    yield from _found(act, ObjectKind.TYPE, act.type, context)


@RULE.on(CreateDomain)
def domain(act: CreateDomain, context: Context) -> Iterator[Fault]:
    """CREATE DOMAIN."""
    yield from _found(act, ObjectKind.DOMAIN, act.domain, context)


@RULE.on(Role)
def role(act: Role, context: Context) -> Iterator[Fault]:
    """CREATE ROLE."""
    if act.is_new:
        yield from _found(act, ObjectKind.ROLE, act.role, context)


@RULE.on(Policy)
def policy(act: Policy, context: Context) -> Iterator[Fault]:
    """CREATE POLICY."""
    if act.is_new and not context.is_new(act.table):
        yield from _found(act, ObjectKind.POLICY, act.policy, context, act.table)


@RULE.on(AddConstraint)
def constraint(act: AddConstraint, context: Context) -> Iterator[Fault]:
    """ADD CONSTRAINT outside a transaction; without a name it is made again under another."""
    name = act.constraint.name
    if not context.alone or context.is_new(act.table):
        return
    if name is not None:
        yield from _found(act, ObjectKind.CONSTRAINT, name, context, act.table)
    elif not context.is_guarded(act, "duplicate_"):
        message = f"makes another {act.constraint.kind.value} on {act.table} each time it runs, as it has no name"
        yield Fault(act.span, message, f"ALTER TABLE {act.table} ADD CONSTRAINT … …;")


@RULE.on(AlterDomain)
def of_domain(act: AlterDomain, context: Context) -> Iterator[Fault]:
    """ALTER DOMAIN … ADD CONSTRAINT."""
    added = act.constraint.name if act.action == "ADD CONSTRAINT" and act.constraint is not None else None
    if added is not None and not context.has_made(ObjectKind.DOMAIN, act.domain):
        yield from _found(act, ObjectKind.CONSTRAINT, added, context, act.domain)


def _found(act: Act, kind: ObjectKind, name: Name, context: Context, on: Name | None = None) -> Iterator[Fault]:
    if kind is not ObjectKind.ROLE and context.is_undone:
        return
    if context.is_guarded(act, "duplicate_") or any(
        _drops(each, kind, name) for each in context.earlier(DropConstraint, DropObject)
    ):
        return
    where = f" on {on}" if on is not None else ""
    message = f"fails if the {kind.value} {name} is already there{where}"
    yield Fault(act.span, message, _GUARD, doubtful=context.is_undone)


def _drops(act: Act, kind: ObjectKind, name: Name) -> bool:
    if isinstance(act, DropConstraint):
        return kind is ObjectKind.CONSTRAINT and act.constraint.name == name.name
    return isinstance(act, DropObject) and act.kind is kind and act.name.name == name.name
