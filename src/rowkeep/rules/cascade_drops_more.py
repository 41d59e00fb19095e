"""CASCADE drops what the statement does not name.

## When

Something is dropped with `CASCADE`, unless this migration has made it itself. Where these files have made it, and tell
of nothing that depends on it, it is one step softer, and no finding of its own beside others of the same statement.

## Harm

Views, foreign keys, columns, defaults and triggers that depend on it go with it; PostgreSQL says which only
afterwards, as a notice. Rights on the views go, too. What was lost is found out when a query fails. Those of which
these files tell are named in the message.

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

Name everything that has to go; the statement then fails while something unexpected is left.

```sql
-- rowkeep: allow drop-view because nobody reads it any more
DROP VIEW IF EXISTS open_accounts RESTRICT;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
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
HINT = "the same without CASCADE, after a DROP of each object that depends on it"


@RULE.on(DropObject)
def thing(operation: DropObject, context: Context) -> Iterator[Violation]:
    """DROP … CASCADE."""
    if (
        operation.cascade
        and not context.is_new(operation.name)
        and not context.has_made(operation.kind, operation.name)
    ):
        known = _known(operation, context)
        doubtful = not known and _is_told(operation, context)
        before, after = _beside(operation, context)
        if doubtful and not all(context.has_made(each.kind, each.name) for each in before):
            return
        quiet = sum(not _known(each, context) and _is_told(each, context) for each in after)
        more = f" and {quiet} more" if doubtful and quiet else ""
        what = f"drops everything that depends on the {operation.kind.value} {operation.name}{more}{_of(known)}"
        yield Violation(operation.span, what, HINT, doubtful=doubtful)


@RULE.on(DropColumn)
def column(operation: DropColumn, context: Context) -> Iterator[Violation]:
    """ALTER TABLE … DROP COLUMN … CASCADE."""
    if operation.cascade and not context.is_new(operation.table):
        known = find_dependents(context, operation.table, operation.column)
        yield Violation(
            operation.span,
            f"drops everything that depends on {operation.table}.{operation.column}{_of(known)}",
            HINT,
        )


@RULE.on(DropConstraint)
def constraint(operation: DropConstraint, context: Context) -> Iterator[Violation]:
    """ALTER TABLE … DROP CONSTRAINT … CASCADE: the foreign keys of other tables."""
    if operation.cascade and not context.is_new(operation.table):
        table = context.table(operation.table)
        own = table.constraint(operation.constraint) if table is not None else None
        keys = own is None or own.constraint.kind in (ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE)
        known = tuple(words for words in find_dependents(context, operation.table) if keys and "foreign key" in words)
        what = f"drops everything that depends on the constraint {operation.constraint}"
        yield Violation(operation.span, f"{what}{_of(known)}", HINT)


def _known(operation: DropObject, context: Context) -> tuple[str, ...]:
    """What depends on the thing, as far as these files tell."""
    if operation.kind in _FUNCTIONS:
        return find_callers(context, operation.name)
    return find_dependents(context, operation.name) if operation.kind in _RELATIONS else ()


def _beside(operation: DropObject, context: Context) -> tuple[tuple[DropObject, ...], tuple[DropObject, ...]]:
    """The objects that the same statement names before this one, and after it."""
    operations = context.statement.operations if context.statement is not None and not operation.inside else ()
    drops = tuple(each for each in operations if isinstance(each, DropObject))
    at = drops.index(operation) if operation in drops else len(drops)
    return drops[:at], drops[at + 1 :]


def _is_told(operation: DropObject, context: Context) -> bool:
    """Whether these files have made the thing, so that they would tell of what depends on it."""
    if operation.kind in _FUNCTIONS:
        return context.function(operation.name) is not None
    table = context.table(operation.name)
    return context.key(operation.name) in context.known.views or (table is not None and table.is_complete)


def _of(known: tuple[str, ...]) -> str:
    """The dependents that these files tell of."""
    return f", among it {', '.join(known)}" if known else ""
