"""A dropped constraint no longer keeps wrong rows out.

## When

A key, UNIQUE, EXCLUDE or foreign key is dropped, or from PostgreSQL 18 on altered to `NOT ENFORCED`, that was there
before this migration; one that is known to be a CHECK is one step softer. A CHECK that only says what `NOT NULL` or
the bounds of a partition say already is no finding; nor is one that the same migration replaces, or whose column or
table it drops. A constraint of a domain that was there before is one step softer, too.

## Harm

Rows that break it get in from now on, and the constraint cannot be put back before they are found. `ON CONFLICT` on
the columns of a dropped UNIQUE fails at once; without a foreign key, rows are left behind whose other half is gone.

## Given

```sql
CREATE TABLE users (id bigint PRIMARY KEY, email text, CONSTRAINT users_email_key UNIQUE (email));
```

## Unsafe

```sql
ALTER TABLE users DROP CONSTRAINT users_email_key;
```

## Safe

First the application stops to rely on it; then say so.

```sql
-- rowkeep: allow drop-constraint because no version uses ON CONFLICT (email) any more
ALTER TABLE users DROP CONSTRAINT IF EXISTS users_email_key;
```
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from rowkeep.domain.act import (
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
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.known import KnownTable
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="C204",
    promise=Promise.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=("squawk:ban-drop-constraint", "pgfence:drop-constraint", "atlas:CD101"),
)


@RULE.on(DropConstraint)
def check(act: DropConstraint, context: Context) -> Iterator[Fault]:
    """A constraint that somebody may rely on."""
    if context.is_new(act.table) or _is_own(act, context) or _is_replaced(act, context):
        return
    table = context.table(act.table)
    known = table.constraint(act.constraint) if table is not None else None
    if _is_gone_anyway(act, known.constraint if known is not None else None, context):
        return
    if table is not None and known is not None and _is_redundant(table, known.constraint, context):
        return
    if known is None and any(
        isinstance(earlier, SetNotNull) and context.same(earlier.table, act.table)
        for earlier in context.earlier(SetNotNull)
    ):
        # The helper that has proven NOT NULL goes when it has done its work.
        return
    what = _without(known.constraint if known is not None else None)
    yield Fault(
        act.span,
        f"{what}, as {act.constraint} of {act.table} is gone",
        f"-- rowkeep: allow {RULE.name} because no version of the application relies on it",
        doubtful=context.is_doubtful(act.table) or _only_checks(known.constraint if known is not None else None),
    )


@RULE.on(AlterDomain)
def of_domain(act: AlterDomain, context: Context) -> Iterator[Fault]:
    """ALTER DOMAIN … DROP CONSTRAINT."""
    name = act.constraint_name
    if act.action != "DROP CONSTRAINT" or name is None or context.has_made(ObjectKind.DOMAIN, act.domain):
        return
    for other in (*context.earlier(AlterDomain), *context.later(AlterDomain)):
        if isinstance(other, AlterDomain) and other.action == "ADD CONSTRAINT" and other.domain == act.domain:
            return
    yield Fault(
        act.span,
        f"values get in that were refused until now, as {name} of the domain {act.domain} is gone",
        f"-- rowkeep: allow {RULE.name} because no version of the application relies on it",
        doubtful=True,
    )


@RULE.on(AlterTable)
def unenforced(act: AlterTable, context: Context) -> Iterator[Fault]:
    """ALTER CONSTRAINT … NOT ENFORCED."""
    if act.action == "AlterConstraint" and ("enforced", "false") in act.options and not context.is_new(act.table):
        yield Fault(
            act.span,
            f"rows get in that were refused until now, as {act.subject} of {act.table} is not enforced",
            f"-- rowkeep: allow {RULE.name} because no version of the application relies on it",
        )


def _is_own(act: DropConstraint, context: Context) -> bool:
    key = ("constraint", context.key(act.table), act.constraint.name)
    return context.known.made.get(key) == context.number


def _is_replaced(act: DropConstraint, context: Context) -> bool:
    """Whether the same migration adds one under the same name, or one of the same kind over the same columns."""
    table = context.table(act.table)
    known = table.constraint(act.constraint) if table is not None else None
    for other in chain(context.earlier(AddConstraint), context.later(AddConstraint)):
        if not isinstance(other, AddConstraint) or not context.same(other.table, act.table):
            continue
        new = other.constraint
        if new.name is not None and new.name == act.constraint:
            return True
        if known is not None and new.kind is known.constraint.kind and new.columns == known.constraint.columns:
            return True
    return False


def _is_gone_anyway(act: DropConstraint, one: Constraint | None, context: Context) -> bool:
    """Whether the table, or a column that the constraint binds, is dropped as well."""
    for later in context.later(DropObject, DropColumn):
        if isinstance(later, DropObject) and later.kind is ObjectKind.TABLE and context.same(later.name, act.table):
            return True
        if isinstance(later, DropColumn) and context.same(later.table, act.table):
            if one is None and later.column.name in act.constraint.name:
                return True
            if one is not None and later.column in one.columns:
                return True
    return False


def _is_redundant(table: KnownTable, one: Constraint, context: Context) -> bool:
    """Whether NOT NULL of a column, or the bounds of the partition, say what the CHECK says."""
    if one.kind is not ConstraintKind.CHECK or one.expression is None:
        return False
    if table.partition_of is not None and one.expression.compares:
        return True
    said = one.expression.not_null
    return said == set(one.expression.columns) and all(_is_filled(table, name, context) for name in said)


def _is_filled(table: KnownTable, name: str, context: Context) -> bool:
    """Whether the column is NOT NULL: as it was made, set before, or set by the same ALTER TABLE behind the drop."""
    column = table.columns.get(name)
    later = (each for each in context.later(SetNotNull) if isinstance(each, SetNotNull) and each.column.name == name)
    made = ("not null", table.key, name) in context.known.made
    return (
        (column is not None and column.is_not_null)
        or made
        or any(context.key(one.table) == table.key for one in later)
    )


def _only_checks(one: Constraint | None) -> bool:
    """A CHECK or NOT NULL: what gets in is wrong by itself, and nothing fails at once."""
    return one is not None and one.kind in (ConstraintKind.CHECK, ConstraintKind.NOT_NULL)


def _without(one: Constraint | None) -> str:
    match one.kind if one is not None else None:
        case ConstraintKind.UNIQUE | ConstraintKind.PRIMARY_KEY:
            return "two rows can be alike, and ON CONFLICT fails"
        case ConstraintKind.FOREIGN_KEY:
            return "rows can refer to what is not there"
        case ConstraintKind.EXCLUDE:
            return "rows can overlap"
    return "rows get in that were refused until now"
