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
-- next migration
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AddConstraint, ConstraintKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule
from rowkeep.knowledge.partitioned import refused_key

RULE = Rule(
    __name__,
    code="L202",
    promise=Promise.LOCK,
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
    claims=(Claim("users", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(AddConstraint)
def check(act: AddConstraint, context: Context) -> Iterator[Fault]:
    """A UNIQUE that brings no index along."""
    one = act.constraint
    if one.kind is not ConstraintKind.UNIQUE or one.using_index or context.is_new(act.table):
        return
    if refused_key(act.table, one, context):
        return
    columns = ", ".join(str(column) for column in one.columns)
    name = one.name or f"{act.table.name}_{'_'.join(column.name for column in one.columns)}_key"
    table = context.table(act.table)
    if table is not None and table.is_partitioned:
        if act.only:
            return
        repair = (
            f"CREATE UNIQUE INDEX {name} ON ONLY {act.table} ({columns});\n"
            f"CREATE UNIQUE INDEX CONCURRENTLY … ON each partition ({columns});\n"
            f"ALTER INDEX {name} ATTACH PARTITION …;"
        )
    else:
        repair = (
            f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {act.table} ({columns});\n"
            f"-- next migration\n"
            f"ALTER TABLE {act.table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name};"
        )
    yield Fault(
        act.span,
        f"builds an index on {act.table} under a lock that stops every query on it",
        repair,
        doubtful=context.is_doubtful(act.table),
    )
