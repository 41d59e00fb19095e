"""Dropping a foreign key stops every query on the table it refers to.

## When

A foreign key is dropped, with `DROP CONSTRAINT` or with its column, from a table that existed before. Because the lock
is short, that is a note. A new type for its column is a warning: the key is checked again under the locks. Which table
the key refers to is known from these files; otherwise a constraint is taken for a foreign key by its name (`…_fkey`,
`…_fk`, `fk_…`). A down part may drop what its up part created.

## Harm

PostgreSQL removes the key's triggers from both tables and locks both with `ACCESS EXCLUSIVE`. The lock is short, but
while it waits, every later query waits behind it: on two tables, of which the statement names one.

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers (id));
```

## Unsafe

```sql
ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey;
```

## Safe

No other form takes a weaker lock. A key that does no harm can stay. Otherwise drop it in its own migration, where
Rowkeep limits how long it waits for the lock, and allow it with that reason.

```sql
COMMENT ON CONSTRAINT orders_customer_id_fkey ON orders IS 'not needed any more; to be dropped in the quiet hours';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import ChangeType, ConstraintKind, DropColumn, DropConstraint, Name, ObjectKind

RULE = Rule(
    __name__,
    code="L208",
    category=Category.LOCK,
    severity=Severity.WARNING,
    peers=("pgfence:drop-constraint", "atlas:CD101"),
    claims=(
        LockClaim("orders", LockMode.ACCESS_EXCLUSIVE),
        LockClaim("customers", LockMode.ACCESS_EXCLUSIVE),
    ),
)
_KEY = compile_later(r"_fkey\d*$|_fk\d*$|^fk_|_fk_|foreign")


@RULE.on(DropConstraint)
def check_constraint(operation: DropConstraint, context: Context) -> Iterator[Violation]:
    """DROP CONSTRAINT of a foreign key."""
    if context.is_new(operation.table) or context.undoes(ObjectKind.CONSTRAINT, operation.table, operation.constraint):
        return
    table = context.table(operation.table)
    known = table.constraint(operation.constraint) if table is not None else None
    if known is not None:
        other = known.constraint.refers_to
        if known.constraint.kind is not ConstraintKind.FOREIGN_KEY or other is None or context.is_new(other):
            return
        yield _report(
            operation, context, f"also stops every query on {other}, to which {operation.constraint} refers", other
        )
    elif _KEY.search(operation.constraint.name.lower()):
        yield _report(
            operation, context, f"also stops every query on the table to which {operation.constraint} refers", None
        )


@RULE.on(DropColumn)
def check_column(operation: DropColumn, context: Context) -> Iterator[Violation]:
    """DROP COLUMN of a column with a foreign key."""
    for other in _find_referenced_tables(operation.table, operation.column, context):
        yield _report(
            operation, context, f"also stops every query on {other}, to which {operation.column} refers", other
        )


@RULE.on(ChangeType)
def check_type(operation: ChangeType, context: Context) -> Iterator[Violation]:
    """A new type for a column with a foreign key: the key is checked again, against the other table."""
    for other in _find_referenced_tables(operation.table, operation.column, context):
        message = f"also stops every query on {other}, and reads it, because {operation.column} refers to it"
        yield _report(operation, context, message, other)


def _find_referenced_tables(table: Name, column: Name, context: Context) -> Iterator[Name]:
    """The tables to which foreign keys of the column refer."""
    known = context.table(table)
    if known is None or context.is_new(table):
        return
    for key in known.constraints:
        other = key.constraint.refers_to
        if other is not None and column in key.constraint.columns and not context.is_new(other):
            yield other


def _report(
    operation: DropConstraint | DropColumn | ChangeType, context: Context, message: str, other: Name | None
) -> Violation:
    return Violation(
        operation.span,
        message,
        Sentence("put it into its own migration: Rowkeep limits how long it waits for the locks"),
        doubtful=context.is_doubtful(operation.table),
        faint=not isinstance(operation, ChangeType),
    )
