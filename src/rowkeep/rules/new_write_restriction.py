"""A new constraint: the running application may write what it forbids.

## When

Any constraint that is added to a table, or to a domain, that was there before this migration: `CHECK`, `NOT NULL`,
`FOREIGN KEY`, `UNIQUE`, `PRIMARY KEY`, `EXCLUDE`, valid or not. Off by default.

## Harm

Writes of the running version that were right until the commit fail from then on.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
```

## Unsafe

```sql
ALTER TABLE orders ADD CONSTRAINT orders_email_filled CHECK (email <> '') NOT VALID;
```

## Safe

Deploy the version that keeps the rule first; see in the rows that it does; then add the constraint, and allow it.

```sql
SELECT count(*) FROM orders WHERE email = '';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AddConstraint, AlterDomain, ObjectKind, SetNotNull
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="Y127",
    promise=Promise.STYLE,
    severity=Severity.NOTE,
    peers=("squawk:ban-new-write-restriction",),
)
_REPAIR = "first deploy the version of the application that keeps the rule"


@RULE.on(AddConstraint)
def check(act: AddConstraint, context: Context) -> Iterator[Fault]:
    """A constraint of a table."""
    if not context.is_new(act.table):
        words = f"writes to {act.table} that break the {act.constraint.kind.value} fail from now on"
        yield Fault(act.span, words, _REPAIR, doubtful=context.is_doubtful(act.table))


@RULE.on(SetNotNull)
def check_not_null(act: SetNotNull, context: Context) -> Iterator[Fault]:
    """NOT NULL of a column."""
    if not context.is_new(act.table):
        words = f"writes to {act.table} without {act.column} fail from now on"
        yield Fault(act.span, words, _REPAIR, doubtful=context.is_doubtful(act.table))


@RULE.on(AlterDomain)
def check_domain(act: AlterDomain, context: Context) -> Iterator[Fault]:
    """A constraint of a domain."""
    if act.action in ("ADD CONSTRAINT", "SET NOT NULL") and not context.has_made(ObjectKind.DOMAIN, act.domain):
        yield Fault(act.span, f"writes of a {act.domain} that break the new constraint fail from now on", _REPAIR)
