"""A UNIQUE constraint that builds its own index stops everybody who uses the table.

## When

`ADD … UNIQUE` without `USING INDEX` on a table that was there before this migration.

## Harm

The index is built under an `ACCESS EXCLUSIVE` lock: every query waits until it is done, SELECT too. If two rows are
alike, all of it was in vain.

## Given

```sql
CREATE TABLE users (id bigint PRIMARY KEY, email text);
```

## Unsafe

```sql
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);
```

## Safe

Build the index first, in a migration of its own, while everybody goes on; the constraint then adopts it at once.

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
from rowkeep.knowledge.forms.partitioned import refused_key

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
    """A UNIQUE that brings no index along."""
    one = operation.constraint
    if one.kind is not ConstraintKind.UNIQUE or one.using_index or context.is_new(operation.table):
        return
    if refused_key(operation.table, one, context):
        return
    columns = ", ".join(str(column) for column in one.columns)
    name = one.name or f"{operation.table.name}_{'_'.join(column.name for column in one.columns)}_key"
    table = context.table(operation.table)
    if table is not None and table.is_partitioned:
        if operation.only:
            return
        hint = (
            f"CREATE UNIQUE INDEX {name} ON ONLY {operation.table} ({columns});\n"
            f"CREATE UNIQUE INDEX CONCURRENTLY … ON each partition ({columns});\n"
            f"ALTER INDEX {name} ATTACH PARTITION …;"
        )
    else:
        hint = (
            f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {operation.table} ({columns});\n"
            f"-- in the next migration:\n"
            f"ALTER TABLE {operation.table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name};"
        )
    yield Violation(
        operation.span,
        f"builds an index on {operation.table} under a lock that stops every query on it",
        hint,
        doubtful=context.is_doubtful(operation.table),
    )
