"""A PRIMARY KEY that builds its own index stops everybody who uses the table.

## When

`ADD PRIMARY KEY` without `USING INDEX` on a table that was there before this migration.

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

Build the index first, in a migration of its own, while everybody goes on; the key then adopts it at once. Its columns
must be `NOT NULL` already, or the key reads the table after all.

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
from rowkeep.knowledge.forms.partitioned import refused_key

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
    """A key that brings no index along."""
    one = operation.constraint
    if one.kind is not ConstraintKind.PRIMARY_KEY or one.using_index or context.is_new(operation.table):
        return
    if refused_key(operation.table, one, context):
        return
    columns = ", ".join(str(column) for column in one.columns)
    name = one.name or f"{operation.table.name}_pkey"
    table = context.table(operation.table)
    if table is not None and table.is_partitioned:
        if operation.only:
            return
        hint = (
            f"ALTER TABLE ONLY {operation.table} ADD CONSTRAINT {name} PRIMARY KEY ({columns});\n"
            f"CREATE UNIQUE INDEX CONCURRENTLY … ON each partition ({columns});\n"
            f"ALTER TABLE (each partition) ADD PRIMARY KEY USING INDEX …;\n"
            f"ALTER INDEX {name} ATTACH PARTITION …;"
        )
    else:
        hint = (
            f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {operation.table} ({columns});\n"
            f"-- in the next migration:\n"
            f"ALTER TABLE {operation.table} ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {name};"
        )
    yield Violation(
        operation.span,
        f"builds the key of {operation.table} under a lock that stops every query on it",
        hint,
        doubtful=context.is_doubtful(operation.table),
    )
