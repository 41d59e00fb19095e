"""DROP SEQUENCE forgets which numbers have been given.

## When

A sequence is dropped that was there before this migration.

## Harm

Where it stood is gone when the migration commits: a new sequence gives the old numbers again. The old version, which
calls `nextval()`, fails at once.

## Given

```sql
CREATE SEQUENCE invoice_numbers;
```

## Unsafe

```sql
DROP SEQUENCE invoice_numbers;
```

## Safe

Keep it under a name that says so.

```sql
ALTER SEQUENCE invoice_numbers RENAME TO invoice_numbers_retired;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import DropObject, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="D201",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    peers=("squawk:ban-drop-sequence",),
    claims=(Claim("invoice_numbers", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(DropObject)
def check(act: DropObject, context: Context) -> Iterator[Fault]:
    """A sequence that has given numbers."""
    if act.kind is not ObjectKind.SEQUENCE or context.has_made(act.kind, act.name):
        return
    yield Fault(
        act.span,
        f"drops the sequence {act.name}, and with it the knowledge of which numbers it gave",
        f"ALTER SEQUENCE {act.name} RENAME TO {act.name.name}_retired;",
    )
