"""A table is locked without a lock_timeout of the migration's own.

## When

The migration locks a table that was there before against its writers, and has not set `lock_timeout` before.

Off by default, because Rowkeep brings its own budget for locks (`lock-timeout-ms`, `statement-timeout-ms`). It is for
directories that another tool runs: `--select` it, or give it a severity in `[rules.severity]`.

## Harm

Without a limit a statement that waits for a lock makes everybody who comes after it wait too, for as long as one old
transaction goes on.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
```

## Unsafe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS gift boolean;
```

## Safe

```sql
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN IF NOT EXISTS gift boolean;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import SectionEnds, SetVariable
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule
from rowkeep.knowledge.stalls import stalls

RULE = Rule(
    __name__,
    code="L309",
    promise=Promise.LOCK,
    severity=Severity.OFF,
    peers=(
        "squawk:require-lock-timeout",
        "squawk:require-timeout-settings",
        "eugene:E9",
        "pgfence:missing-lock-timeout",
        "pgfence:lock-timeout-after-dangerous-statement",
        "pgls:lockTimeoutWarning",
        "strong_migrations:lock_timeout",
    ),
)


@RULE.on(SectionEnds)
def check(act: SectionEnds, context: Context) -> Iterator[Fault]:
    """The first statement that locks a table of others."""
    for place, name, _ in stalls(context):
        if not any(_sets(context, earlier) for earlier in range(place)):
            message = f"waits for {name} for as long as it takes: nothing has set lock_timeout"
            yield Fault(context.acts[place].span, message, "SET LOCAL lock_timeout = '2s';")
        return


def _sets(context: Context, place: int) -> bool:
    act = context.acts[place]
    return isinstance(act, SetVariable) and act.name == "lock_timeout" and act.value is not None
