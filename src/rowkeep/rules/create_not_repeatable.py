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

from rowkeep.domain.act import (
    Act,
    AddEnumValue,
    CreateFunction,
    CreateObject,
    CreateRule,
    CreateTrigger,
    CreateView,
    DropObject,
    Name,
    ObjectKind,
)
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="R300",
    promise=Promise.REPEAT,
    severity=Severity.WARNING,
    peers=("squawk:prefer-robust-stmts", "safe-migrate:missing-idempotency", "pgls:preferRobustStmts"),
)

_GUARDED = (ObjectKind.SCHEMA, ObjectKind.EXTENSION, ObjectKind.SEQUENCE, ObjectKind.STATISTICS)
_ROUTINES = (ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE)


@RULE.on(CreateObject)
def thing(act: CreateObject, context: Context) -> Iterator[Fault]:
    """What has IF NOT EXISTS."""
    if act.kind in _GUARDED and not act.if_not_exists and act.name.name:
        word = act.kind.value.upper()
        yield from _found(act, (act.kind,), act.name, f"CREATE {word} IF NOT EXISTS {act.name} …;", context)


@RULE.on(CreateView)
def view(act: CreateView, context: Context) -> Iterator[Fault]:
    """A view has OR REPLACE, a materialized one IF NOT EXISTS."""
    if act.replace or act.if_not_exists or act.is_temporary:
        return
    if act.is_materialized:
        repair = f"CREATE MATERIALIZED VIEW IF NOT EXISTS {act.view} AS …;"
        yield from _found(act, (ObjectKind.MATERIALIZED_VIEW,), act.view, repair, context)
    else:
        yield from _found(act, (ObjectKind.VIEW,), act.view, f"CREATE OR REPLACE VIEW {act.view} AS …;", context)


@RULE.on(CreateFunction)
def function(act: CreateFunction, context: Context) -> Iterator[Fault]:
    """A function has OR REPLACE; one in pg_temp is gone at the end."""
    if not act.replace and act.function.schema != "pg_temp":
        word = "PROCEDURE" if act.is_procedure else "FUNCTION"
        yield from _found(act, _ROUTINES, act.function, f"CREATE OR REPLACE {word} {act.function} …;", context)


@RULE.on(CreateTrigger)
def trigger(act: CreateTrigger, context: Context) -> Iterator[Fault]:
    """A trigger has OR REPLACE (14)."""
    if not act.replace:
        repair = f"CREATE OR REPLACE TRIGGER {act.trigger} … ON {act.table} …;"
        yield from _found(act, (ObjectKind.TRIGGER,), act.trigger, repair, context, act.table)


@RULE.on(CreateRule)
def rule(act: CreateRule, context: Context) -> Iterator[Fault]:
    """A rule has OR REPLACE."""
    if not act.replace:
        repair = f"CREATE OR REPLACE RULE {act.rule} AS ON {act.event} TO {act.table} …;"
        yield from _found(act, (ObjectKind.RULE,), act.rule, repair, context, act.table)


@RULE.on(AddEnumValue)
def value(act: AddEnumValue, context: Context) -> Iterator[Fault]:
    """ADD VALUE has IF NOT EXISTS."""
    if not act.if_not_exists and not context.is_guarded(act, "duplicate_object"):
        repair = f"ALTER TYPE {act.type} ADD VALUE IF NOT EXISTS '{act.value}';"
        yield Fault(
            act.span, f"fails if {act.type} already has the value {act.value}", repair, doubtful=context.is_undone
        )


def _found(
    act: Act, kinds: tuple[ObjectKind, ...], name: Name, repair: str, context: Context, on: Name | None = None
) -> Iterator[Fault]:
    """on: the table to which it belongs."""
    if context.is_guarded(act, "duplicate_") or (on is not None and context.is_new(on)):
        return
    for earlier in context.earlier(DropObject):
        if isinstance(earlier, DropObject) and earlier.kind in kinds and earlier.name.name == name.name:
            return
    where = f" on {on}" if on is not None else ""
    yield Fault(
        act.span, f"fails if the {kinds[0].value} {name} is already there{where}", repair, doubtful=context.is_undone
    )
