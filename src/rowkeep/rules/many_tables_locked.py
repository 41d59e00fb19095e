"""One transaction locks several tables of the application, one after the other.

## When

A transaction takes locks that stop writes to three or more tables that existed before. It is a note if at most one of
these locks also stops readers. Two tables are not a finding. Foreign keys, which always lock two tables, have their
own rules.

## Harm

While the transaction waits for the last lock it holds the first ones, and everybody who needs those tables waits with
it. If a transaction of the application locks the same tables in another order, there is a deadlock, and PostgreSQL
cancels one of the two.

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE payments (id bigint PRIMARY KEY);
```

## Unsafe

```sql
ALTER TABLE customers ADD COLUMN IF NOT EXISTS tenant bigint;
ALTER TABLE orders ADD COLUMN IF NOT EXISTS tenant bigint;
ALTER TABLE payments ADD COLUMN IF NOT EXISTS tenant bigint;
```

## Safe

```sql
ALTER TABLE customers ADD COLUMN IF NOT EXISTS tenant bigint;
-- in the next migration:
ALTER TABLE orders ADD COLUMN IF NOT EXISTS tenant bigint;
-- in the next migration:
ALTER TABLE payments ADD COLUMN IF NOT EXISTS tenant bigint;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import (
    AddConstraint,
    ChangeOwner,
    DropObject,
    Name,
    ObjectKind,
    Operation,
    Rename,
    SectionEnd,
    SetSchema,
    Transaction,
)
from rowkeep.domain.schema.schema_state import Key
from rowkeep.knowledge.blocking_locks import find_blocking_locks
from rowkeep.knowledge.locks import locks_of

RULE = Rule(
    __name__,
    code="L303",
    category=Category.LOCK,
    severity=Severity.WARNING,
    peers=("pgfence:wide-lock-window", "pgls:avoidWideLockWindow"),
)
MANY = 3
_NO_TABLES = frozenset({ObjectKind.VIEW, ObjectKind.SEQUENCE, ObjectKind.MATERIALIZED_VIEW})


@RULE.on(SectionEnd)
def check(operation: SectionEnd, context: Context) -> Iterator[Violation]:
    """The operation that locks the third table of a transaction."""
    if context.alone or len(context.operations) < MANY:
        return
    felt = {(place, context.key(name)): mode.blocks_reads for place, name, mode in find_blocking_locks(context)}
    held: dict[Key, tuple[int, Name, Operation]] = {}
    closed: set[Key] = set()
    unnamed: dict[Key, tuple[int, Operation]] = {}
    called: dict[Key, Key] = {}
    for place, current in enumerate((*context.operations, operation)):
        if isinstance(current, Transaction) or current is operation:
            order = sorted(held.values(), key=lambda lock: lock[0])
            yield from _report(tuple((name, taker) for _, name, taker in order), len(closed))
            held.clear()
            closed.clear()
            unnamed.clear()
        for name, _ in locks_of(current)[:1]:
            key = context.key(name)
            if (place, key) in felt and _locks_table(current) and not context.is_made_here(name):
                # DROP INDEX, or DROP CONSTRAINT of a foreign key, may have locked it before anything named it.
                at, taker = unnamed.get(key, (place, current))
                held.setdefault(called.get(key, key), (at, name, taker))
                if felt[place, key]:
                    closed.add(called.get(key, key))
            if isinstance(current, Rename) and current.part is None:
                called[key[0], current.new_name.name] = called.get(key, key)
        for name in context.known.unnamed.get((context.number, context.direction, current.span), ()):
            unnamed.setdefault(context.key(name), (place, current))


def _locks_table(operation: Operation) -> bool:
    if isinstance(operation, AddConstraint):
        return operation.constraint.refers_to is None
    return not (isinstance(operation, DropObject | Rename | SetSchema | ChangeOwner) and operation.kind in _NO_TABLES)


def _report(held: tuple[tuple[Name, Operation], ...], closed: int) -> Iterator[Violation]:
    """closed: how many of the tables nobody can read."""
    if len(held) < MANY:
        return
    table, taker = held[MANY - 1]
    tables = " and ".join(str(name) for name, _ in held[: MANY - 1])
    more = f", and then for {len(held) - MANY} more" if len(held) > MANY else ""
    yield Violation(
        taker.span,
        f"waits for {table} while the transaction keeps {tables} locked{more}",
        Sentence("move the statement into the next migration"),
        doubtful=closed < 2,
    )
