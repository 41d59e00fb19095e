"""Text that is not SQL as PostgreSQL knows it.

## When

PostgreSQL's own grammar (of major 18) refuses a statement, or a statement in a `DO` block or a function's body.

## Harm

The migration cannot run, and nobody can say what the statement was meant to do. The other statements of the file are
judged all the same.

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS books (id bigint PRIMARY KEY,, title text);
```

```sql
DO $$
BEGIN
  ALTER TABEL books ADD COLUMN IF NOT EXISTS isbn text;
END
$$;
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS books (id bigint PRIMARY KEY, title text);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Unreadable
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="T002",
    promise=Promise.TRANSACTION,
    severity=Severity.ERROR,
    peers=("squawk:syntax-error",),
    stored=True,
)


@RULE.on(Unreadable)
def check(act: Unreadable, context: Context) -> Iterator[Fault]:
    """What the parser refused, in its own words."""
    yield Fault(act.span, act.message, "")
