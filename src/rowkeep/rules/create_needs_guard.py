"""CREATE of something that has no IF NOT EXISTS fails the second time.

## When

The migration creates a type, domain, policy, role, publication, subscription, event trigger or tablespace. PostgreSQL
has no `IF NOT EXISTS` for these, and nothing around it checks that the object is missing: no `IF`, no handler for
`duplicate_object`, no `DROP … IF EXISTS` before it. Where one transaction holds the whole migration, a failure rolls
everything back: there only roles are a finding, as a note. Objects of a table that the migration has created are not
findings.

## Harm

A database that already has the object, because somebody created it by hand or restored it, cannot be migrated until
somebody fixes the history. Outside a transaction, the object stays when the migration stops later, and is in the way
of the next run. Roles belong to the whole server: a second database on it already has them.

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
from rowkeep.domain.lint.hint import Sentence
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
_GUARD = Sentence("put it into a DO block with EXCEPTION WHEN duplicate_object THEN NULL")


@RULE.on(CreateObject)
def check_object(operation: CreateObject, context: Context) -> Iterator[Violation]:
    """An object that has no IF NOT EXISTS."""
    if operation.kind in _BARE and not operation.if_not_exists:
        yield from _check_missing(operation, operation.kind, operation.name, context)


@RULE.on(CreateEnum)
def check_enum(operation: CreateEnum, context: Context) -> Iterator[Violation]:
    """CREATE TYPE … AS ENUM."""
    yield from _check_missing(operation, ObjectKind.TYPE, operation.type, context)


@RULE.on(CreateDomain)
def check_domain(operation: CreateDomain, context: Context) -> Iterator[Violation]:
    """CREATE DOMAIN."""
    yield from _check_missing(operation, ObjectKind.DOMAIN, operation.domain, context)


@RULE.on(Role)
def check_role(operation: Role, context: Context) -> Iterator[Violation]:
    """CREATE ROLE."""
    if operation.is_new:
        yield from _check_missing(operation, ObjectKind.ROLE, operation.role, context)


@RULE.on(Policy)
def check_policy(operation: Policy, context: Context) -> Iterator[Violation]:
    """CREATE POLICY."""
    if operation.is_new and not context.is_new(operation.table):
        yield from _check_missing(operation, ObjectKind.POLICY, operation.policy, context, operation.table)


@RULE.on(AddConstraint)
def check_constraint(operation: AddConstraint, context: Context) -> Iterator[Violation]:
    """ADD CONSTRAINT outside a transaction; without a name a second run adds another one."""
    name = operation.constraint.name
    if not context.alone or context.is_new(operation.table):
        return
    if name is not None:
        yield from _check_missing(operation, ObjectKind.CONSTRAINT, name, context, operation.table)
    elif not context.is_guarded(operation, "duplicate_"):
        message = (
            f"creates another {operation.constraint.kind.value} on {operation.table} each time it "
            "runs, because it has no name"
        )
        yield Violation(operation.span, message, Sentence("give the constraint a name: ADD CONSTRAINT <name>"))


@RULE.on(AlterDomain)
def check_domain_constraint(operation: AlterDomain, context: Context) -> Iterator[Violation]:
    """ALTER DOMAIN … ADD CONSTRAINT."""
    added = (
        operation.constraint.name
        if operation.action == "ADD CONSTRAINT" and operation.constraint is not None
        else None
    )
    if added is not None and not context.has_made(ObjectKind.DOMAIN, operation.domain):
        yield from _check_missing(operation, ObjectKind.CONSTRAINT, added, context, operation.domain)


def _check_missing(
    operation: Operation, kind: ObjectKind, name: Name, context: Context, on: Name | None = None
) -> Iterator[Violation]:
    if kind is not ObjectKind.ROLE and context.is_undone:
        return
    if context.is_guarded(operation, "duplicate_") or any(
        _drops(drop, kind, name) for drop in context.earlier(DropConstraint, DropObject)
    ):
        return
    where = f" on {on}" if on is not None else ""
    message = f"fails if the {kind.value} {name} already exists{where}"
    yield Violation(operation.span, message, _GUARD, doubtful=context.is_undone)


def _drops(operation: Operation, kind: ObjectKind, name: Name) -> bool:
    if isinstance(operation, DropConstraint):
        return kind is ObjectKind.CONSTRAINT and operation.constraint.name == name.name
    return isinstance(operation, DropObject) and operation.kind is kind and operation.name.name == name.name
