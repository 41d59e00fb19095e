"""A function is declared more stable than it is.

## When

A function is created or altered `IMMUTABLE` although its body reads tables, or these files show that its volatility
becomes stricter than it was.

## Harm

PostgreSQL computes an `IMMUTABLE` call once and keeps the result: in plans, in indexes, in generated columns. When the
rows change, the old result stays, and an index on it misses rows.

## Given

```sql
CREATE TABLE rates (country text PRIMARY KEY, percent int);
```

## Unsafe

```sql
CREATE OR REPLACE FUNCTION rate(c text) RETURNS int LANGUAGE sql IMMUTABLE
  AS 'SELECT percent FROM rates WHERE country = c';
```

## Safe

```sql
CREATE OR REPLACE FUNCTION rate(c text) RETURNS int LANGUAGE sql STABLE
  AS 'SELECT percent FROM rates WHERE country = c';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import (
    AlterFunction,
    CreateFunction,
    Delete,
    FrameKind,
    Insert,
    Name,
    Operation,
    Read,
    Update,
)

RULE = Rule(
    __name__,
    code="C213",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    peers=(
        "safe-migrate:function-volatility-change",
        "squawk:ban-alter-function-options",
    ),
)
_STEADINESS = ("volatile", "stable", "immutable")


@RULE.on(CreateFunction)
def check_create(operation: CreateFunction, context: Context) -> Iterator[Violation]:
    """CREATE FUNCTION … IMMUTABLE."""
    known = context.known.functions.get(context.key(operation.function))
    before = known.volatility if known is not None and operation.replace and known.types == operation.types else ""
    operations = context.statement.operations if context.statement is not None else ()
    body = tuple(
        inner
        for inner in operations
        if any(frame.kind is FrameKind.FUNCTION and frame.span == operation.span for frame in inner.inside)
    )
    yield from _compare(operation, operation.function, operation.volatility, before, body)


@RULE.on(AlterFunction)
def check_alter(operation: AlterFunction, context: Context) -> Iterator[Violation]:
    """ALTER FUNCTION … IMMUTABLE."""
    volatility = dict(operation.options).get("volatility")
    known = context.function(operation.function)
    if volatility is not None:
        before, body = (known.volatility, known.operations) if known is not None else ("volatile", ())
        yield from _compare(operation, operation.function, volatility, before, body)


def _compare(
    operation: Operation, name: Name, volatility: str, before: str, body: tuple[Operation, ...]
) -> Iterator[Violation]:
    tables = [str(table) for inner in body for table in _find_tables(inner)]
    if volatility == "immutable" and tables:
        message = f"{name} is declared IMMUTABLE, but it reads {tables[0]}: old results stay when the rows change"
        yield Violation(operation.span, message, f"ALTER FUNCTION {name} STABLE;")
    elif _rank(volatility) > _rank(before or volatility):
        message = f"{name} becomes {volatility.upper()}, and PostgreSQL may keep old results"
        yield Violation(operation.span, message, f"ALTER FUNCTION {name} {before.upper()};", doubtful=True)


def _rank(volatility: str) -> int:
    return _STEADINESS.index(volatility) if volatility in _STEADINESS else 0


def _find_tables(operation: Operation) -> tuple[Name, ...]:
    match operation:
        case Read(tables=tables):
            return tables
        case Insert(table=table) | Update(table=table) | Delete(table=table):
            return (table,)
    return ()
