"""DROP without IF EXISTS, outside a transaction, fails the second time.

## When

In a migration that no transaction holds, something is dropped without `IF EXISTS`, a column and a constraint too, that
the migration has not made itself, and nothing around it makes sure that it is there. Where a transaction takes
everything back, a drop that fails is a good sign that the database is not what one thought.

## Harm

The drop is done when the migration stops later, and the next run does not find it any more: it cannot go on until
somebody mends the text or the history.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, legacy_ref text);
CREATE INDEX orders_legacy_ref_idx ON orders (legacy_ref);
```

## Unsafe

```sql
DROP INDEX CONCURRENTLY orders_legacy_ref_idx;
```

## Safe

```sql
DROP INDEX CONCURRENTLY IF EXISTS orders_legacy_ref_idx;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Act, DropColumn, DropConstraint, DropObject
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="R302",
    promise=Promise.REPEAT,
    severity=Severity.WARNING,
    peers=(
        "squawk:prefer-robust-stmts",
        "pgfence:prefer-robust-drop-table",
        "pgfence:prefer-robust-drop-index",
        "safe-migrate:missing-idempotency",
        "pgls:preferRobustStmts",
    ),
)


@RULE.on(DropObject)
def thing(act: DropObject, context: Context) -> Iterator[Fault]:
    """DROP of a named object."""
    own = act.on if act.on is not None else act.name
    if act.if_exists or context.is_new(own) or context.has_made(act.kind, act.name):
        return
    word = act.kind.value.upper() + (" CONCURRENTLY" if act.concurrently else "")
    where = f" ON {act.on}" if act.on is not None else ""
    yield from _found(act, f"the {act.kind.value} {act.name}", f"DROP {word} IF EXISTS {act.name}{where};", context)


@RULE.on(DropColumn)
def column(act: DropColumn, context: Context) -> Iterator[Fault]:
    """ALTER TABLE … DROP COLUMN."""
    if not act.if_exists and not context.is_new(act.table) and not context.has_added(act.table, act.column):
        repair = f"ALTER TABLE {act.table} DROP COLUMN IF EXISTS {act.column};"
        yield from _found(act, f"the column {act.column} of {act.table}", repair, context)


@RULE.on(DropConstraint)
def constraint(act: DropConstraint, context: Context) -> Iterator[Fault]:
    """ALTER TABLE … DROP CONSTRAINT."""
    known = context.table(act.table)
    own = known.constraint(act.constraint) if known is not None else None
    if act.if_exists or context.is_new(act.table) or (own is not None and own.migration == context.number):
        return
    repair = f"ALTER TABLE {act.table} DROP CONSTRAINT IF EXISTS {act.constraint};"
    yield from _found(act, f"the constraint {act.constraint} of {act.table}", repair, context)


def _found(act: Act, what: str, repair: str, context: Context) -> Iterator[Fault]:
    if context.alone and not context.is_guarded(act, "undefined_"):
        yield Fault(act.span, f"fails if {what} is gone already", repair)
