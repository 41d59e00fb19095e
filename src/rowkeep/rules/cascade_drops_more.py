"""CASCADE drops objects that the statement does not name.

## When

Something is dropped with `CASCADE`, unless this migration has created it itself. Where these files have created it and
show nothing that depends on it, it is one step softer, and not a separate finding beside others of the same statement.

## Harm

Views, foreign keys, columns, defaults and triggers that depend on the object are dropped with it; PostgreSQL lists
them only afterwards, in a notice. Rights on the views are gone, too. You learn what was lost when a query fails. The
message names the dependents that these files show.

## Given

```sql
CREATE TABLE accounts (id bigint PRIMARY KEY, state text);
CREATE VIEW open_accounts AS SELECT id FROM accounts WHERE state = 'open';
```

## Unsafe

```sql
DROP VIEW open_accounts CASCADE;
```

```sql
ALTER TABLE accounts DROP CONSTRAINT accounts_pkey CASCADE;
```

## Safe

Name everything that you want to drop; the statement then fails if something else depends on it.

```sql
-- rowkeep: allow drop-view because nobody reads it any more
DROP VIEW IF EXISTS open_accounts RESTRICT;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import ConstraintKind, DropColumn, DropConstraint, DropObject, ObjectKind
from rowkeep.domain.schema.dependents import find_callers, find_dependents

RULE = Rule(
    __name__,
    code="D008",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=(
        "safe-migrate:destructive-cascade",
        "safe-migrate:destructive-general-cascade",
        "pgfence:drop-schema-cascade",
        "safe-migrate:drop-schema-cascade",
    ),
)

_RELATIONS = (ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW, ObjectKind.FOREIGN_TABLE)
_FUNCTIONS = (ObjectKind.FUNCTION, ObjectKind.ROUTINE)
HINT = Sentence("drop each object that depends on it by name first, then drop it without CASCADE")


@RULE.on(DropObject)
def check_object(operation: DropObject, context: Context) -> Iterator[Violation]:
    """DROP … CASCADE."""
    if (
        operation.cascade
        and not context.is_new(operation.name)
        and not context.has_made(operation.kind, operation.name)
    ):
        known = _list_dependents(operation, context)
        doubtful = not known and _is_created_here(operation, context)
        before, after = _split_drops(operation, context)
        if doubtful and not all(context.has_made(drop.kind, drop.name) for drop in before):
            return
        quiet = sum(not _list_dependents(drop, context) and _is_created_here(drop, context) for drop in after)
        more = f" and {quiet} more" if doubtful and quiet else ""
        what = f"drops everything that depends on the {operation.kind.value} {operation.name}{more}"
        yield Violation(operation.span, what + _describe_dependents(known), HINT, doubtful=doubtful)


@RULE.on(DropColumn)
def check_column(operation: DropColumn, context: Context) -> Iterator[Violation]:
    """ALTER TABLE … DROP COLUMN … CASCADE."""
    if operation.cascade and not context.is_new(operation.table):
        known = find_dependents(context, operation.table, operation.column)
        yield Violation(
            operation.span,
            f"drops everything that depends on {operation.table}.{operation.column}{_describe_dependents(known)}",
            HINT,
        )


@RULE.on(DropConstraint)
def check_constraint(operation: DropConstraint, context: Context) -> Iterator[Violation]:
    """ALTER TABLE … DROP CONSTRAINT … CASCADE: the foreign keys of other tables."""
    if operation.cascade and not context.is_new(operation.table):
        table = context.table(operation.table)
        own = table.constraint(operation.constraint) if table is not None else None
        keys = own is None or own.constraint.kind in (ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE)
        known = tuple(words for words in find_dependents(context, operation.table) if keys and "foreign key" in words)
        what = f"drops everything that depends on the constraint {operation.constraint}"
        yield Violation(operation.span, f"{what}{_describe_dependents(known)}", HINT)


def _list_dependents(operation: DropObject, context: Context) -> tuple[str, ...]:
    """List what depends on the object, as far as these files tell."""
    if operation.kind in _FUNCTIONS:
        return find_callers(context, operation.name)
    return find_dependents(context, operation.name) if operation.kind in _RELATIONS else ()


def _split_drops(operation: DropObject, context: Context) -> tuple[tuple[DropObject, ...], tuple[DropObject, ...]]:
    """List the objects that the same statement names before this one, and after it."""
    operations = context.statement.operations if context.statement is not None and not operation.inside else ()
    drops = tuple(drop for drop in operations if isinstance(drop, DropObject))
    at = drops.index(operation) if operation in drops else len(drops)
    return drops[:at], drops[at + 1 :]


def _is_created_here(operation: DropObject, context: Context) -> bool:
    """Whether these files have created the object, so that they would show what depends on it."""
    if operation.kind in _FUNCTIONS:
        return context.function(operation.name) is not None
    table = context.table(operation.name)
    return context.key(operation.name) in context.known.views or (table is not None and table.is_complete)


def _describe_dependents(known: tuple[str, ...]) -> str:
    """Name the dependents that these files show."""
    return f", including {', '.join(known)}" if known else ""
