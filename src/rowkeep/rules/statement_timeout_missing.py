"""A table is locked without a statement_timeout of the migration's own.

## When

The migration locks a table that was there before against its writers, and has not set `statement_timeout` before.

Off by default, because Rowkeep brings its own budget for locks (`lock-timeout-ms`, `statement-timeout-ms`). It is for
directories that another tool runs: `--select` it, or give it a severity in `[rules.severity]`.

## Harm

A statement that takes longer than anybody thought holds its lock for as long as it runs.

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
SET LOCAL statement_timeout = '30s';
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
    code="L310",
    promise=Promise.LOCK,
    severity=Severity.OFF,
    peers=(
        "squawk:require-statement-timeout",
        "squawk:require-timeout-settings",
        "pgfence:missing-statement-timeout",
        "pgls:requireStatementTimeout",
    ),
)


@RULE.on(SectionEnds)
def check(act: SectionEnds, context: Context) -> Iterator[Fault]:
    """The first statement that locks a table of others."""
    for place, name, _ in stalls(context):
        if not any(_sets(context, earlier) for earlier in range(place)):
            message = f"locks {name} for as long as the statement runs: nothing has set statement_timeout"
            yield Fault(context.acts[place].span, message, "SET LOCAL statement_timeout = '30s';")
        return


def _sets(context: Context, place: int) -> bool:
    act = context.acts[place]
    return isinstance(act, SetVariable) and act.name == "statement_timeout" and act.value is not None
