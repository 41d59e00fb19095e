"""The migration switches off the limit on waiting for locks, or sets one that is too long.

## When

The migration sets `lock_timeout` to 0 (no limit) or to more than 10 seconds, or resets its own value (`RESET`, `SET …
TO DEFAULT`), by `SET` or `set_config()`, and then takes a lock that stops writes to a table that existed before.
Between 5 and 10 seconds it is a note.

A migration that does not mention `lock_timeout` is not a finding: Rowkeep gives every statement its own short limit
and retries, and a `lock_timeout` in the file replaces that. For directories that other tools run, switch on
`lock-timeout-missing`.

## Harm

A statement that waits for a lock makes everybody who comes after it wait too, readers included: the application stops
for as long as one old transaction runs.

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
from rowkeep.knowledge.durations import parse_milliseconds
from rowkeep.rules._timeouts import find_bad_settings

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
    """The SET under which a statement waits for a lock."""
    for setting, table, (fault, is_mild) in find_bad_settings(("lock_timeout", "all"), _judge, context):
        yield Violation(
            setting.span,
            f"{fault}: while a later statement waits for the lock on {table}, every other query on it waits, too",
            "SET LOCAL lock_timeout = '2s';",
            faint=is_mild,
        )


def _judge(operation: SetVariable, previous: SetVariable | None) -> tuple[str, bool] | None:
    """What is wrong with the setting, and whether that is little."""
    if operation.value is None:
        is_reset = previous is not None and previous.value is not None
        return ("removes the limit on waiting for locks again", False) if is_reset else None
    length = parse_milliseconds(operation.value)
    if length is None or 0 < length <= LONG:
        return None
    if length <= 0:
        return "waits for locks without a limit", False
    return f"waits up to {operation.value} for a lock", length <= VERY_LONG
