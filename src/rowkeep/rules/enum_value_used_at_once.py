"""A value is added to an enum and used in the same transaction.

## When

After `ALTER TYPE … ADD VALUE`, a later statement of the same transaction contains the value: as a default, in a CHECK,
an index, a view, an INSERT, an UPDATE or a WHERE. Rowkeep, like most runners, runs a migration in one transaction.
Values that `CREATE TYPE` itself lists can be used at once; from PostgreSQL 17 on so can a value that is added to a
type of the same transaction. A text that is known not to be a value of the type is not a finding.

## Harm

PostgreSQL refuses it (SQLSTATE 55P04, unsafe use of new value), and the deploy fails.

## Given

```sql
CREATE TYPE order_status AS ENUM ('new', 'paid');
CREATE TABLE orders (id bigint PRIMARY KEY, status order_status NOT NULL DEFAULT 'new');
```

## Unsafe

```sql
ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'returned';
UPDATE orders SET status = 'returned' WHERE id = 7;
```

```sql
ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'draft' BEFORE 'new';
ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'draft';
```

## Safe

```sql
ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'returned';
-- in the next migration:
UPDATE orders SET status = 'returned' WHERE id = 7;
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import (
    AddEnumValue,
    Comment,
    CreateFunction,
    DoBlock,
    Harmless,
    Name,
    ObjectKind,
    Operation,
    Rename,
    SetVariable,
    Transaction,
)

RULE = Rule(
    __name__,
    code="T128",
    category=Category.TRANSACTION,
    severity=Severity.ERROR,
    peers=("safe-migrate:alter-type-add-value-txn", "pgfence:alter-enum-add-value", "pgls:avoidAlterEnumAddValue"),
)
_APART = (AddEnumValue, Comment, DoBlock, Harmless, Rename, SetVariable, Transaction)
"""Operations in whose text the word is not a value of the type, or whose parts are operations themselves."""


@RULE.on(AddEnumValue)
def check(operation: AddEnumValue, context: Context) -> Iterator[Violation]:
    """The first statement that comes too early."""
    statement = context.statement
    if statement is None or not context.in_transaction or _is_usable(operation, context):
        return
    literal = "'" + operation.value.replace("'", "''") + "'"
    for later in context.after:
        if isinstance(later, Transaction) and later.action in ("COMMIT", "ROLLBACK") and not later.is_stored:
            return
        words = statement.source.text[later.span.start : later.span.end]
        if literal not in words or not _runs(later):
            continue
        meant = _is_meant(later, literal, words, operation.type, context)
        if meant is False:
            continue
        yield Violation(
            later.span,
            f"uses {literal}, which this transaction adds to {operation.type}: that is refused until it commits",
            Sentence("use the value in the next migration"),
        )
        return


def _is_usable(operation: AddEnumValue, context: Context) -> bool:
    """Whether the value exists already, or the type is as new as the value."""
    known = context.known.enum_values.get(context.key(operation.type), {})
    is_new = context.has_made(ObjectKind.TYPE, operation.type)
    return (operation.if_not_exists and operation.value in known) or (is_new and context.major >= 17)


def _runs(operation: Operation) -> bool:
    """Whether the operation needs the value now; PostgreSQL checks the body of a SQL function when it is created."""
    if isinstance(operation, CreateFunction):
        return operation.language == "sql"
    return not isinstance(operation, _APART) and not operation.is_stored


def _is_meant(operation: Operation, literal: str, words: str, kind: Name, context: Context) -> bool | None:
    """Whether the text is a value of the type: it is cast to it, or the table has a column of it; None if unknown."""
    cast = rf"{re.escape(literal)}\s*::\s*(\"?\w+\"?\s*\.\s*)?\"?{re.escape(kind.name)}\b"
    if re.search(cast, words, re.IGNORECASE):
        return True
    table = getattr(operation, "table", None)
    known = context.table(table) if isinstance(table, Name) else None
    if known is None:
        return None
    if any(column.type is not None and column.type.name == kind.name for column in known.columns.values()):
        return True
    return False if known.is_complete else None
