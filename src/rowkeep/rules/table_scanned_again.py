"""Several statements read the same table from end to end, each under its lock.

## When

A transaction has two or more `ALTER TABLE` statements that check or rewrite the same table, which existed before:
constraints that are valid at once, `SET NOT NULL` without a `CHECK` that proves it, changes of type with `USING`.

## Harm

PostgreSQL reads the table once for each statement, and the lock of the first lasts until the last one is done. One
`ALTER TABLE` with several clauses reads it once.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric, note text);
```

## Unsafe

```sql
ALTER TABLE orders ADD CONSTRAINT orders_total_positive CHECK (total > 0);
ALTER TABLE orders ADD CONSTRAINT orders_note_short CHECK (length(note) < 500);
```

## Safe

```sql
ALTER TABLE orders
  ADD CONSTRAINT orders_total_positive CHECK (total > 0) NOT VALID,
  ADD CONSTRAINT orders_note_short CHECK (length(note) < 500) NOT VALID;
-- in the next migration:
ALTER TABLE orders
  VALIDATE CONSTRAINT orders_total_positive,
  VALIDATE CONSTRAINT orders_note_short;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import (
    AddConstraint,
    ChangeType,
    Expression,
    Name,
    Operation,
    SectionEnd,
    SetNotNull,
    Transaction,
)

RULE = Rule(
    __name__,
    code="L304",
    category=Category.LOCK,
    severity=Severity.WARNING,
    peers=("eugene:W12", "pgls:multipleAlterTable"),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(SectionEnd)
def check(operation: SectionEnd, context: Context) -> Iterator[Violation]:
    """The second statement that reads a table, and every further one."""
    if context.alone:
        return
    first: dict[tuple[str, str], Operation] = {}
    for earlier in context.before:
        if isinstance(earlier, Transaction):
            first.clear()
        table = _find_scanned_table(earlier, context)
        if table is None or earlier.is_stored or context.is_new(table):
            continue
        before = first.setdefault(context.key(table), earlier)
        if _are_separate(before, earlier, context):
            yield Violation(
                earlier.span,
                f"reads {table} from end to end again, under the lock of an earlier statement",
                Sentence(f"write one ALTER TABLE {table} with all the clauses"),
                doubtful=context.is_doubtful(table),
            )


def _find_scanned_table(operation: Operation, context: Context) -> Name | None:
    """Find the table that the operation certainly reads."""
    match operation:
        case AddConstraint(table=table, constraint=constraint):
            quick = constraint.not_valid or constraint.not_enforced or constraint.using_index is not None
            return None if quick else table
        case SetNotNull(table=table, column=column):
            known = context.table(table)
            checks = known.constraints if known is not None else ()
            proven = any(
                check.is_valid and column.name in _find_not_null(check.constraint.expression) for check in checks
            )
            return None if proven else table
        case ChangeType(table=table, using=Expression(cast_of=None)):
            return table
    return None


def _find_not_null(check: Expression | None) -> frozenset[str]:
    """Find the columns that a CHECK proves to contain no NULL."""
    return check.not_null if check is not None else frozenset()


def _are_separate(first: Operation, second: Operation, context: Context) -> bool:
    """Whether two operations stand in different statements: a semicolon is between them."""
    text = context.migration.source.text[first.span.end : second.span.start]
    return first is not second and ";" in text
