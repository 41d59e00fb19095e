"""Without the constraint, wrong rows get in.

## When

A key, UNIQUE, EXCLUDE or foreign key that existed before this migration is dropped, or from PostgreSQL 18 on altered
to `NOT ENFORCED`; a constraint that is known to be a CHECK is one step softer. These are not findings: a CHECK that
only repeats `NOT NULL` or the bounds of a partition, a constraint that the same migration replaces, and one whose
column or table it drops. A constraint of a domain that existed before is one step softer, too.

## Harm

Rows that break it get in from now on, and the constraint cannot be added again before they are found. `ON CONFLICT` on
the columns of a dropped UNIQUE fails at once. Without a foreign key, rows can refer to rows that no longer exist.

## Given

```sql
CREATE TABLE users (id bigint PRIMARY KEY, email text, CONSTRAINT users_email_key UNIQUE (email));
```

## Unsafe

```sql
ALTER TABLE users DROP CONSTRAINT users_email_key;
```

## Safe

First make sure that the application no longer relies on it; then allow the drop.

```sql
-- rowkeep: allow drop-constraint because no version uses ON CONFLICT (email) any more
ALTER TABLE users DROP CONSTRAINT IF EXISTS users_email_key;
```
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import suggest_allow
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import (
    AddConstraint,
    AlterDomain,
    AlterTable,
    Constraint,
    ConstraintKind,
    DropColumn,
    DropConstraint,
    DropObject,
    ObjectKind,
    SetNotNull,
)
from rowkeep.domain.schema.schema_state import KnownTable

RULE = Rule(
    __name__,
    code="C204",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=("squawk:ban-drop-constraint", "pgfence:drop-constraint", "atlas:CD101"),
)
_HINT = suggest_allow("when no version of the application relies on it", RULE.name)


@RULE.on(DropConstraint)
def check(operation: DropConstraint, context: Context) -> Iterator[Violation]:
    """A constraint that somebody may rely on."""
    if context.is_new(operation.table) or _is_own(operation, context) or _is_replaced(operation, context):
        return
    table = context.table(operation.table)
    known = table.constraint(operation.constraint) if table is not None else None
    if _is_gone_anyway(operation, known.constraint if known is not None else None, context):
        return
    if table is not None and known is not None and _is_redundant(table, known.constraint, context):
        return
    if known is None and any(
        isinstance(earlier, SetNotNull) and context.same(earlier.table, operation.table)
        for earlier in context.earlier(SetNotNull)
    ):
        # The CHECK that has proven NOT NULL is no longer needed.
        return
    what = _describe_loss(known.constraint if known is not None else None)
    yield Violation(
        operation.span,
        f"{what} without {operation.constraint} of {operation.table}",
        _HINT,
        doubtful=context.is_doubtful(operation.table) or _only_checks(known.constraint if known is not None else None),
    )


@RULE.on(AlterDomain)
def check_domain(operation: AlterDomain, context: Context) -> Iterator[Violation]:
    """ALTER DOMAIN … DROP CONSTRAINT."""
    name = operation.constraint_name
    if operation.action != "DROP CONSTRAINT" or name is None or context.has_made(ObjectKind.DOMAIN, operation.domain):
        return
    for other in (*context.earlier(AlterDomain), *context.later(AlterDomain)):
        if isinstance(other, AlterDomain) and other.action == "ADD CONSTRAINT" and other.domain == operation.domain:
            return
    yield Violation(
        operation.span,
        f"values get in that were refused until now without {name} of the domain {operation.domain}",
        _HINT,
        doubtful=True,
    )


@RULE.on(AlterTable)
def check_not_enforced(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """ALTER CONSTRAINT … NOT ENFORCED."""
    if (
        operation.action == "AlterConstraint"
        and ("enforced", "false") in operation.options
        and not context.is_new(operation.table)
    ):
        yield Violation(
            operation.span,
            f"rows get in that were refused until now: {operation.subject} of {operation.table} is not enforced",
            _HINT,
        )


def _is_own(operation: DropConstraint, context: Context) -> bool:
    key = ("constraint", context.key(operation.table), operation.constraint.name)
    return context.known.made.get(key) == context.number


def _is_replaced(operation: DropConstraint, context: Context) -> bool:
    """Whether the same migration adds one under the same name, or one of the same kind over the same columns."""
    table = context.table(operation.table)
    known = table.constraint(operation.constraint) if table is not None else None
    for other in chain(context.earlier(AddConstraint), context.later(AddConstraint)):
        if not isinstance(other, AddConstraint) or not context.same(other.table, operation.table):
            continue
        new = other.constraint
        if new.name is not None and new.name == operation.constraint:
            return True
        if known is not None and new.kind is known.constraint.kind and new.columns == known.constraint.columns:
            return True
    return False


def _is_gone_anyway(operation: DropConstraint, constraint: Constraint | None, context: Context) -> bool:
    """Whether the table, or a column that the constraint binds, is dropped as well."""
    for later in context.later(DropObject, DropColumn):
        if (
            isinstance(later, DropObject)
            and later.kind is ObjectKind.TABLE
            and context.same(later.name, operation.table)
        ):
            return True
        if isinstance(later, DropColumn) and context.same(later.table, operation.table):
            if constraint is None and later.column.name in operation.constraint.name:
                return True
            if constraint is not None and later.column in constraint.columns:
                return True
    return False


def _is_redundant(table: KnownTable, constraint: Constraint, context: Context) -> bool:
    """Whether NOT NULL of a column, or the bounds of the partition, already enforce the CHECK."""
    if constraint.kind is not ConstraintKind.CHECK or constraint.expression is None:
        return False
    if table.partition_of is not None and constraint.expression.compares:
        return True
    said = constraint.expression.not_null
    return said == set(constraint.expression.columns) and all(_is_filled(table, name, context) for name in said)


def _is_filled(table: KnownTable, name: str, context: Context) -> bool:
    """Whether the column is NOT NULL: from the start, set before, or set by the same ALTER TABLE after the drop."""
    column = table.columns.get(name)
    later = (
        later_change
        for later_change in context.later(SetNotNull)
        if isinstance(later_change, SetNotNull) and later_change.column.name == name
    )
    made = ("not null", table.key, name) in context.known.made
    return (
        (column is not None and column.is_not_null)
        or made
        or any(context.key(constraint.table) == table.key for constraint in later)
    )


def _only_checks(constraint: Constraint | None) -> bool:
    """A CHECK or NOT NULL: what gets in is wrong by itself, and nothing fails at once."""
    return constraint is not None and constraint.kind in (ConstraintKind.CHECK, ConstraintKind.NOT_NULL)


def _describe_loss(constraint: Constraint | None) -> str:
    match constraint.kind if constraint is not None else None:
        case ConstraintKind.UNIQUE | ConstraintKind.PRIMARY_KEY:
            return "duplicate rows get in, and ON CONFLICT fails,"
        case ConstraintKind.FOREIGN_KEY:
            return "rows can refer to rows that do not exist"
        case ConstraintKind.EXCLUDE:
            return "rows can overlap"
    return "rows get in that were refused until now"
