"""A new constraint: the running application may write rows that it forbids.

## When

Any constraint that is added to a table, or to a domain, that existed before this migration: `CHECK`, `NOT NULL`,
`FOREIGN KEY`, `UNIQUE`, `PRIMARY KEY`, `EXCLUDE`, valid or not. Off by default.

## Harm

Writes of the running version that worked until the commit fail from then on.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
```

## Unsafe

```sql
ALTER TABLE orders ADD CONSTRAINT orders_email_filled CHECK (email <> '') NOT VALID;
```

## Safe

First deploy the version that satisfies the constraint, and check that the rows do. Then add the constraint, and allow
it.

```sql
SELECT count(*) FROM orders WHERE email = '';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AddConstraint, AlterDomain, ObjectKind, SetNotNull

RULE = Rule(
    __name__,
    code="Y127",
    category=Category.STYLE,
    severity=Severity.NOTE,
    peers=("squawk:ban-new-write-restriction",),
)
_HINT = Sentence("first deploy the version of the application that satisfies the constraint")


@RULE.on(AddConstraint)
def check(operation: AddConstraint, context: Context) -> Iterator[Violation]:
    """A constraint of a table."""
    if not context.is_new(operation.table):
        words = f"writes to {operation.table} that violate the {operation.constraint.kind.value} fail from now on"
        yield Violation(operation.span, words, _HINT, doubtful=context.is_doubtful(operation.table))


@RULE.on(SetNotNull)
def check_not_null(operation: SetNotNull, context: Context) -> Iterator[Violation]:
    """NOT NULL of a column."""
    if not context.is_new(operation.table):
        words = f"writes to {operation.table} without {operation.column} fail from now on"
        yield Violation(operation.span, words, _HINT, doubtful=context.is_doubtful(operation.table))


@RULE.on(AlterDomain)
def check_domain(operation: AlterDomain, context: Context) -> Iterator[Violation]:
    """A constraint of a domain."""
    if operation.action in ("ADD CONSTRAINT", "SET NOT NULL") and not context.has_made(
        ObjectKind.DOMAIN, operation.domain
    ):
        yield Violation(
            operation.span, f"writes of a {operation.domain} that violate the new constraint fail from now on", _HINT
        )
