"""CREATE without IF NOT EXISTS or OR REPLACE fails the second time.

## When

A schema, extension, sequence, view, materialized view, function, procedure, trigger, rule, statistics object or enum
value is made without `IF NOT EXISTS` (or `OR REPLACE`, which is what some of them have), and nothing around it makes
sure that it is not there: no `IF`, no handler for `duplicate_object`, no drop before it. What belongs to a table that
the migration has made is no finding. In a transaction that holds the whole migration, and takes all of it back when it
fails, it is a note.

## Harm

A database that already has it, because somebody made it by hand or restored it from elsewhere, cannot be migrated
until somebody mends the history. Outside a transaction, what was made stays when the migration stops later, and the
next run meets it.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, changed_at timestamptz);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
```

## Unsafe

```sql
CREATE SCHEMA reporting;
```

```sql
CREATE VIEW newest AS SELECT id FROM orders ORDER BY id DESC LIMIT 1;
```

```sql
CREATE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
```

## Safe

```sql
CREATE SCHEMA IF NOT EXISTS reporting;
CREATE OR REPLACE VIEW newest AS SELECT id FROM orders ORDER BY id DESC LIMIT 1;
```

```sql
DROP TRIGGER IF EXISTS orders_touch ON orders;
CREATE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import (
    AddEnumValue,
    CreateFunction,
    CreateObject,
    CreateRule,
    CreateTrigger,
    CreateView,
    DropObject,
    Name,
    ObjectKind,
    Operation,
)

RULE = Rule(
    __name__,
    code="R300",
    category=Category.REPEAT,
    severity=Severity.WARNING,
    peers=("squawk:prefer-robust-stmts", "safe-migrate:missing-idempotency", "pgls:preferRobustStmts"),
)

_GUARDED = (ObjectKind.SCHEMA, ObjectKind.EXTENSION, ObjectKind.SEQUENCE, ObjectKind.STATISTICS)
_ROUTINES = (ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE)


@RULE.on(CreateObject)
def thing(operation: CreateObject, context: Context) -> Iterator[Violation]:
    """What has IF NOT EXISTS."""
    if operation.kind in _GUARDED and not operation.if_not_exists and operation.name.name:
        word = operation.kind.value.upper()
        yield from _found(
            operation, (operation.kind,), operation.name, f"CREATE {word} IF NOT EXISTS {operation.name} …;", context
        )


@RULE.on(CreateView)
def view(operation: CreateView, context: Context) -> Iterator[Violation]:
    """A view has OR REPLACE, a materialized one IF NOT EXISTS."""
    if operation.replace or operation.if_not_exists or operation.is_temporary:
        return
    if operation.is_materialized:
        hint = f"CREATE MATERIALIZED VIEW IF NOT EXISTS {operation.view} AS …;"
        yield from _found(operation, (ObjectKind.MATERIALIZED_VIEW,), operation.view, hint, context)
    else:
        yield from _found(
            operation, (ObjectKind.VIEW,), operation.view, f"CREATE OR REPLACE VIEW {operation.view} AS …;", context
        )


@RULE.on(CreateFunction)
def function(operation: CreateFunction, context: Context) -> Iterator[Violation]:
    """A function has OR REPLACE; one in pg_temp is gone at the end."""
    if not operation.replace and operation.function.schema != "pg_temp":
        word = "PROCEDURE" if operation.is_procedure else "FUNCTION"
        yield from _found(
            operation, _ROUTINES, operation.function, f"CREATE OR REPLACE {word} {operation.function} …;", context
        )


@RULE.on(CreateTrigger)
def trigger(operation: CreateTrigger, context: Context) -> Iterator[Violation]:
    """A trigger has OR REPLACE (14)."""
    if not operation.replace:
        hint = f"CREATE OR REPLACE TRIGGER {operation.trigger} … ON {operation.table} …;"
        yield from _found(operation, (ObjectKind.TRIGGER,), operation.trigger, hint, context, operation.table)


@RULE.on(CreateRule)
def rule(operation: CreateRule, context: Context) -> Iterator[Violation]:
    """A rule has OR REPLACE."""
    if not operation.replace:
        hint = f"CREATE OR REPLACE RULE {operation.rule} AS ON {operation.event} TO {operation.table} …;"
        yield from _found(operation, (ObjectKind.RULE,), operation.rule, hint, context, operation.table)


@RULE.on(AddEnumValue)
def value(operation: AddEnumValue, context: Context) -> Iterator[Violation]:
    """ADD VALUE has IF NOT EXISTS."""
    if not operation.if_not_exists and not context.is_guarded(operation, "duplicate_object"):
        hint = f"ALTER TYPE {operation.type} ADD VALUE IF NOT EXISTS '{operation.value}';"
        yield Violation(
            operation.span,
            f"fails if {operation.type} already has the value {operation.value}",
            hint,
            doubtful=context.is_undone,
        )


def _found(
    operation: Operation,
    kinds: tuple[ObjectKind, ...],
    name: Name,
    hint: str,
    context: Context,
    on: Name | None = None,
) -> Iterator[Violation]:
    """on: the table to which it belongs."""
    if context.is_guarded(operation, "duplicate_") or (on is not None and context.is_new(on)):
        return
    for earlier in context.earlier(DropObject):
        if isinstance(earlier, DropObject) and earlier.kind in kinds and earlier.name.name == name.name:
            return
    where = f" on {on}" if on is not None else ""
    yield Violation(
        operation.span,
        f"fails if the {kinds[0].value} {name} is already there{where}",
        hint,
        doubtful=context.is_undone,
    )
