"""An EXCLUDE constraint builds its index while nobody can use the table.

## When

`ADD … EXCLUDE` on a table that was there before this migration.

## Harm

The index is built under an `ACCESS EXCLUSIVE` lock: every query waits until it is done, SELECT too. PostgreSQL knows
no other way: `NOT VALID` and `USING INDEX` do not exist for it.

## Given

```sql
CREATE TABLE stays (id bigint PRIMARY KEY, during tstzrange NOT NULL);
```

## Unsafe

```sql
ALTER TABLE stays ADD CONSTRAINT stays_apart EXCLUDE USING gist (during WITH &&);
```

## Safe

Give it to a new table that is filled batch by batch and then takes the place of the old one; or allow it with the
reason that the table is small.

```sql
CREATE TABLE IF NOT EXISTS stays_next (
  id bigint PRIMARY KEY,
  during tstzrange NOT NULL,
  CONSTRAINT stays_next_apart EXCLUDE USING gist (during WITH &&)
);
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
    code="L205",
    promise=Promise.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:constraint-missing-not-valid",
        "strong_migrations:add_exclusion_constraint",
        "online_migrations:add_exclusion_constraint",
        "eugene:E8",
        "pgfence:add-constraint-exclude",
        "pgls:avoidAddingExclusionConstraint",
        "django-pg-zero-downtime:ADD_CONSTRAINT_EXCLUDE",
    ),
    claims=(Claim("stays", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(AddConstraint)
def check(act: AddConstraint, context: Context) -> Iterator[Fault]:
    """An EXCLUDE on a table that holds rows already."""
    one = act.constraint
    if one.kind is not ConstraintKind.EXCLUDE or context.is_new(act.table) or refused_key(act.table, one, context):
        return
    reason = f"{act.table} is small"
    yield Fault(
        act.span,
        f"builds an index on {act.table} under a lock that stops every query, and there is no online way",
        f"a new table with the constraint, filled in batches; or: -- rowkeep: allow {RULE.name} because {reason}",
        doubtful=context.is_doubtful(act.table),
    )
