"""CREATE without IF NOT EXISTS or OR REPLACE fails the second time.

## When

The migration creates a schema, extension, sequence, view, materialized view, function, procedure, trigger, rule,
statistics object or enum value without `IF NOT EXISTS` (or `OR REPLACE`, where that is what PostgreSQL offers), and
nothing around it checks that the object is missing: no `IF`, no handler for `duplicate_object`, no drop before it.
Objects of a table that the migration has created are not findings. It is a note where one transaction holds the whole
migration, because a failure rolls all of it back.

## Harm

A database that already has the object, because somebody created it by hand or restored it, cannot be migrated until
somebody fixes the history. Outside a transaction, the object stays when the migration stops later, and is in the way
of the next run.

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
from rowkeep.domain.lint.hint import Sentence
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
def check_object(operation: CreateObject, context: Context) -> Iterator[Violation]:
    """An object that has IF NOT EXISTS."""
    if operation.kind in _GUARDED and not operation.if_not_exists and operation.name.name:
        word = operation.kind.value.upper()

        yield from _check_missing(
            operation,
            (operation.kind,),
            operation.name,
            Sentence(f"write CREATE {word} IF NOT EXISTS {operation.name}"),
            context,
        )


@RULE.on(CreateView)
def check_view(operation: CreateView, context: Context) -> Iterator[Violation]:
    """A view has OR REPLACE, a materialized one IF NOT EXISTS."""
    if operation.replace or operation.if_not_exists or operation.is_temporary:
        return
    if operation.is_materialized:
        hint = f"CREATE MATERIALIZED VIEW IF NOT EXISTS {operation.view} AS <query>;"
        yield from _check_missing(operation, (ObjectKind.MATERIALIZED_VIEW,), operation.view, hint, context)
    else:
        yield from _check_missing(
            operation,
            (ObjectKind.VIEW,),
            operation.view,
            f"CREATE OR REPLACE VIEW {operation.view} AS <query>;",
            context,
        )


@RULE.on(CreateFunction)
def check_function(operation: CreateFunction, context: Context) -> Iterator[Violation]:
    """A function has OR REPLACE; one in pg_temp is gone at the end."""
    if not operation.replace and operation.function.schema != "pg_temp":
        word = "PROCEDURE" if operation.is_procedure else "FUNCTION"
        yield from _check_missing(
            operation, _ROUTINES, operation.function, Sentence(f"write CREATE OR REPLACE {word}"), context
        )


@RULE.on(CreateTrigger)
def check_trigger(operation: CreateTrigger, context: Context) -> Iterator[Violation]:
    """A trigger has OR REPLACE (14)."""
    if not operation.replace:
        hint = Sentence("write CREATE OR REPLACE TRIGGER")
        yield from _check_missing(operation, (ObjectKind.TRIGGER,), operation.trigger, hint, context, operation.table)


@RULE.on(CreateRule)
def check_rule(operation: CreateRule, context: Context) -> Iterator[Violation]:
    """A rule has OR REPLACE."""
    if not operation.replace:
        hint = Sentence("write CREATE OR REPLACE RULE")
        yield from _check_missing(operation, (ObjectKind.RULE,), operation.rule, hint, context, operation.table)


@RULE.on(AddEnumValue)
def check_enum_value(operation: AddEnumValue, context: Context) -> Iterator[Violation]:
    """ADD VALUE has IF NOT EXISTS."""
    if not operation.if_not_exists and not context.is_guarded(operation, "duplicate_object"):
        hint = f"ALTER TYPE {operation.type} ADD VALUE IF NOT EXISTS '{operation.value}';"
        yield Violation(
            operation.span,
            f"fails if {operation.type} already has the value {operation.value}",
            hint,
            doubtful=context.is_undone,
        )


def _check_missing(
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
        f"fails if the {kinds[0].value} {name} already exists{where}",
        hint,
        doubtful=context.is_undone,
    )
