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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import (
    AddConstraint,
    AlterDomain,
    CreateDomain,
    CreateEnum,
    CreateObject,
    DropConstraint,
    DropObject,
    Name,
    ObjectKind,
    Operation,
    Policy,
    Role,
)

RULE = Rule(
    __name__,
    code="R301",
    category=Category.REPEAT,
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
def thing(operation: CreateObject, context: Context) -> Iterator[Violation]:
    """What has no IF NOT EXISTS of its own."""
    if operation.kind in _BARE and not operation.if_not_exists:
        yield from _found(operation, operation.kind, operation.name, context)


@RULE.on(CreateEnum)
def enum(operation: CreateEnum, context: Context) -> Iterator[Violation]:
    """CREATE TYPE … AS ENUM."""
    yield from _found(operation, ObjectKind.TYPE, operation.type, context)


@RULE.on(CreateDomain)
def domain(operation: CreateDomain, context: Context) -> Iterator[Violation]:
    """CREATE DOMAIN."""
    yield from _found(operation, ObjectKind.DOMAIN, operation.domain, context)


@RULE.on(Role)
def role(operation: Role, context: Context) -> Iterator[Violation]:
    """CREATE ROLE."""
    if operation.is_new:
        yield from _found(operation, ObjectKind.ROLE, operation.role, context)


@RULE.on(Policy)
def policy(operation: Policy, context: Context) -> Iterator[Violation]:
    """CREATE POLICY."""
    if operation.is_new and not context.is_new(operation.table):
        yield from _found(operation, ObjectKind.POLICY, operation.policy, context, operation.table)


@RULE.on(AddConstraint)
def constraint(operation: AddConstraint, context: Context) -> Iterator[Violation]:
    """ADD CONSTRAINT outside a transaction; without a name it is made again under another."""
    name = operation.constraint.name
    if not context.alone or context.is_new(operation.table):
        return
    if name is not None:
        yield from _found(operation, ObjectKind.CONSTRAINT, name, context, operation.table)
    elif not context.is_guarded(operation, "duplicate_"):
        message = (
            f"makes another {operation.constraint.kind.value} on {operation.table} each time it "
            "runs, as it has no name"
        )
        yield Violation(operation.span, message, f"ALTER TABLE {operation.table} ADD CONSTRAINT … …;")


@RULE.on(AlterDomain)
def of_domain(operation: AlterDomain, context: Context) -> Iterator[Violation]:
    """ALTER DOMAIN … ADD CONSTRAINT."""
    added = (
        operation.constraint.name
        if operation.action == "ADD CONSTRAINT" and operation.constraint is not None
        else None
    )
    if added is not None and not context.has_made(ObjectKind.DOMAIN, operation.domain):
        yield from _found(operation, ObjectKind.CONSTRAINT, added, context, operation.domain)


def _found(
    operation: Operation, kind: ObjectKind, name: Name, context: Context, on: Name | None = None
) -> Iterator[Violation]:
    if kind is not ObjectKind.ROLE and context.is_undone:
        return
    if context.is_guarded(operation, "duplicate_") or any(
        _drops(each, kind, name) for each in context.earlier(DropConstraint, DropObject)
    ):
        return
    where = f" on {on}" if on is not None else ""
    message = f"fails if the {kind.value} {name} is already there{where}"
    yield Violation(operation.span, message, _GUARD, doubtful=context.is_undone)


def _drops(operation: Operation, kind: ObjectKind, name: Name) -> bool:
    if isinstance(operation, DropConstraint):
        return kind is ObjectKind.CONSTRAINT and operation.constraint.name == name.name
    return isinstance(operation, DropObject) and operation.kind is kind and operation.name.name == name.name
