"""A function is called more steady than it is.

## When

A function is created or altered `IMMUTABLE` although its body reads tables, or these files tell that its volatility
becomes a stricter one than it was.

## Harm

PostgreSQL computes an `IMMUTABLE` call once and keeps the answer: in plans, in indexes, in generated columns. When the
rows change, the old answer stays, and an index made of it loses rows.

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

from rowkeep.domain.act import Act, AlterFunction, CreateFunction, Delete, FrameKind, Insert, Name, Read, Update
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="C213",
    promise=Promise.COMPATIBILITY,
    severity=Severity.WARNING,
    peers=(
        "safe-migrate:function-volatility-change",
        "squawk:ban-alter-function-options",
    ),
)
_STEADINESS = ("volatile", "stable", "immutable")


@RULE.on(CreateFunction)
def create(act: CreateFunction, context: Context) -> Iterator[Fault]:
    """CREATE FUNCTION … IMMUTABLE."""
    known = context.known.functions.get(context.key(act.function))
    before = known.volatility if known is not None and act.replace and known.types == act.types else ""
    acts = context.statement.acts if context.statement is not None else ()
    body = tuple(
        each
        for each in acts
        if any(frame.kind is FrameKind.FUNCTION and frame.span == act.span for frame in each.inside)
    )
    yield from _judged(act, act.function, act.volatility, before, body)


@RULE.on(AlterFunction)
def alter(act: AlterFunction, context: Context) -> Iterator[Fault]:
    """ALTER FUNCTION … IMMUTABLE."""
    volatility = dict(act.options).get("volatility")
    known = context.function(act.function)
    if volatility is not None:
        before, body = (known.volatility, known.acts) if known is not None else ("volatile", ())
        yield from _judged(act, act.function, volatility, before, body)


def _judged(act: Act, name: Name, volatility: str, before: str, body: tuple[Act, ...]) -> Iterator[Fault]:
    tables = [str(table) for each in body for table in _touched(each)]
    if volatility == "immutable" and tables:
        message = f"{name} is called IMMUTABLE, but it reads {tables[0]}: its answers stay when the rows change"
        yield Fault(act.span, message, f"ALTER FUNCTION {name} STABLE;")
    elif _steadiness(volatility) > _steadiness(before or volatility):
        message = f"{name} becomes {volatility.upper()}, and PostgreSQL may keep answers that it gave"
        yield Fault(act.span, message, f"ALTER FUNCTION {name} {before.upper()};", doubtful=True)


def _steadiness(volatility: str) -> int:
    return _STEADINESS.index(volatility) if volatility in _STEADINESS else 0


def _touched(act: Act) -> tuple[Name, ...]:
    match act:
        case Read(tables=tables):
            return tables
        case Insert(table=table) | Update(table=table) | Delete(table=table):
            return (table,)
    return ()
