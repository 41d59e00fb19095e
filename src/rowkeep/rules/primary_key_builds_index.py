"""A PRIMARY KEY that builds its own index stops every query on the table.

## When

`ADD PRIMARY KEY` without `USING INDEX` on a table that existed before this migration.

## Harm

PostgreSQL reads the whole table for NULLs, then builds the index, all of it under an `ACCESS EXCLUSIVE` lock: every
query waits until it is done, SELECT too.

## Given

```sql
CREATE TABLE ledger (entry bigint NOT NULL, amount numeric);
```

## Unsafe

```sql
ALTER TABLE ledger ADD PRIMARY KEY (entry);
```

## Safe

Build the index first, in its own migration, while the application continues to work; the key then adopts it at once.
Its columns must be `NOT NULL` already, or the key reads the table after all.

```sql
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ledger_pkey ON ledger (entry);
-- in the next migration:
ALTER TABLE ledger ADD CONSTRAINT ledger_pkey PRIMARY KEY USING INDEX ledger_pkey;
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
    code="L203",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:adding-serial-primary-key-field",
        "eugene:E7",
        "atlas:PG104",
        "pg-schema-diff:ACQUIRES_ACCESS_EXCLUSIVE_LOCK",
        "pgfence:add-pk-without-using-index",
        "pgls:addingPrimaryKeyConstraint",
        "safe-migrate:blocking-index-constraint",
    ),
    claims=(LockClaim("ledger", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(AddConstraint)
def check(operation: AddConstraint, context: Context) -> Iterator[Violation]:
    """A PRIMARY KEY that adopts no index."""
    yield from check_key(operation, ConstraintKind.PRIMARY_KEY, context)
