"""A UNIQUE constraint that builds its own index stops every query on the table.

## When

`ADD … UNIQUE` without `USING INDEX` on a table that existed before this migration.

## Harm

The index is built under an `ACCESS EXCLUSIVE` lock: every query waits until it is done, SELECT too. If two rows have
the same values, all of it was in vain.

## Given

```sql
CREATE TABLE users (id bigint PRIMARY KEY, email text);
```

## Unsafe

```sql
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);
```

## Safe

Build the index first, in its own migration, while the application continues to work; the constraint then adopts it at
once.

```sql
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_email_key ON users (email);
-- in the next migration:
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AddConstraint, ConstraintKind
from rowkeep.rules._key_index import check_key

RULE = Rule(
    __name__,
    code="L202",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:disallowed-unique-constraint",
        "strong_migrations:add_unique_constraint",
        "online_migrations:add_unique_constraint",
        "eugene:E7",
        "atlas:PG105",
        "atlas:MF101",
        "pg-schema-diff:ACQUIRES_ACCESS_EXCLUSIVE_LOCK",
        "pgfence:add-constraint-unique",
        "pgls:disallowUniqueConstraint",
        "safe-migrate:blocking-index-constraint",
    ),
    claims=(LockClaim("users", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(AddConstraint)
def check(operation: AddConstraint, context: Context) -> Iterator[Violation]:
    """A UNIQUE constraint that adopts no index."""
    yield from check_key(operation, ConstraintKind.UNIQUE, context)
