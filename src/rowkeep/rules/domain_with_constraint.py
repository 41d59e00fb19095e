"""A domain with a constraint: a change of it locks every table that uses the domain.

## When

`CREATE DOMAIN` with a `CHECK` or `NOT NULL`, or a constraint that is added to a domain. Off by default: a matter of
taste until the first change.

## Harm

A new column of such a domain rewrites its table. A change of the constraint reads every table that uses the domain
while nobody can write to it. Neither can be done in smaller steps.

## Unsafe

```sql
CREATE DOMAIN postcode AS text CHECK (VALUE ~ '^[0-9]{5}$');
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS addresses (id bigint PRIMARY KEY, zip text CHECK (zip ~ '^[0-9]{5}$'));
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AlterDomain, CreateDomain

RULE = Rule(
    __name__,
    code="Y125",
    category=Category.STYLE,
    severity=Severity.NOTE,
    peers=(
        "squawk:ban-create-domain-with-constraint",
        "squawk:ban-alter-domain-with-add-constraint",
        "pgfence:ban-create-domain-with-constraint",
        "pgfence:ban-alter-domain-add-constraint",
    ),
)
_HINT = Sentence("add a CHECK to the column of each table instead")


@RULE.on(CreateDomain)
def check(operation: CreateDomain, context: Context) -> Iterator[Violation]:
    """A domain that says more than a type."""
    if operation.constraints:
        yield Violation(
            operation.span, f"the constraint of {operation.domain} applies to every table that will use it", _HINT
        )


@RULE.on(AlterDomain)
def check_alter(operation: AlterDomain, context: Context) -> Iterator[Violation]:
    """One more constraint."""
    if operation.action in ("ADD CONSTRAINT", "SET NOT NULL"):
        yield Violation(
            operation.span, f"the constraint of {operation.domain} applies at once to every table that uses it", _HINT
        )
