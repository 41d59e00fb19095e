"""The migration switches its lock budget off, or sets one that is too long.

## When

The migration itself gives `lock_timeout` a value of 0 (no limit) or of more than 10 seconds, or takes its own value
back (`RESET`, `SET … TO DEFAULT`), by `SET` or `set_config()`, and then locks a table that was there before against
its writers. Between 5 and 10 seconds it is a note.

A migration that says nothing of `lock_timeout` is no finding: Rowkeep gives every statement a short budget of its own
and tries again, and a `lock_timeout` in the text replaces that. For directories that other tools run,
`lock-timeout-missing` can be switched on.

## Harm

A statement that waits for a lock makes everybody who comes after it wait too, readers included: the application stands
still for as long as one old transaction goes on.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE customers (id bigint PRIMARY KEY);
```

## Unsafe

```sql
SET lock_timeout = 0;
ALTER TABLE orders ADD COLUMN IF NOT EXISTS gift boolean;
```

```sql
SELECT pg_catalog.set_config('lock_timeout', '1h', true);
ALTER TABLE orders ADD COLUMN IF NOT EXISTS gift boolean;
```

```sql
SET lock_timeout = '2s';
ALTER TABLE customers ADD COLUMN IF NOT EXISTS source text;
RESET lock_timeout;
ALTER TABLE orders ADD COLUMN IF NOT EXISTS source text;
```

## Safe

```sql
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN IF NOT EXISTS gift boolean;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import SectionEnd, SetVariable
from rowkeep.knowledge.blocking_locks import find_blocking_locks
from rowkeep.knowledge.durations import parse_milliseconds

RULE = Rule(
    __name__,
    code="L307",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=("pgfence:lock-timeout-zero", "pgfence:lock-timeout-too-long", "strong_migrations:lock_timeout_limit"),
)
LONG, VERY_LONG = 5_000, 10_000


@RULE.on(SectionEnd)
def check(operation: SectionEnd, context: Context) -> Iterator[Violation]:
    """The SET under which a lock is waited for."""
    locked = {place: name for place, name, _ in reversed(list(find_blocking_locks(context)))}
    bad: tuple[SetVariable, str, bool] | None = None
    own = False
    for place, each in enumerate(context.operations):
        if isinstance(each, SetVariable) and not each.is_stored and each.name in ("lock_timeout", "all"):
            bad, own = _judged(each, own=own), each.value is not None
        elif bad is not None and place in locked:
            setter, how, mild = bad
            yield Violation(
                setter.span,
                f"{how}: while the statement behind it waits for {locked[place]}, everybody else waits behind that",
                "SET LOCAL lock_timeout = '2s';",
                faint=mild,
            )
            bad = None


def _judged(operation: SetVariable, *, own: bool) -> tuple[SetVariable, str, bool] | None:
    """The setting, what is wrong with it, and whether that is little."""
    if operation.value is None:
        return (operation, "takes the lock budget away again", False) if own else None
    length = parse_milliseconds(operation.value)
    if length is None or 0 < length <= LONG:
        return None
    return (
        operation,
        "waits for locks without limit" if length <= 0 else f"waits up to {operation.value} for a lock",
        0 < length <= VERY_LONG,
    )
