"""An EXCLUDE constraint builds its index while nobody can use the table.

## When

`ADD … EXCLUDE` on a table that existed before this migration.

## Harm

The index is built under an `ACCESS EXCLUSIVE` lock: every query on the table waits until it is done, SELECT too.
PostgreSQL has no other way: there is no `NOT VALID` or `USING INDEX` for it.

## Given

```sql
CREATE TABLE stays (id bigint PRIMARY KEY, during tstzrange NOT NULL);
```

## Unsafe

```sql
ALTER TABLE stays ADD CONSTRAINT stays_apart EXCLUDE USING gist (during WITH &&);
```

## Safe

Add it to a new table that is filled in batches and then replaces the old one; or allow it because the table is small.

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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import suggest_allow
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AddConstraint, ConstraintKind
from rowkeep.knowledge.forms.partitioned import refused_key

RULE = Rule(
    __name__,
    code="L205",
    category=Category.LOCK,
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
    claims=(LockClaim("stays", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(AddConstraint)
def check(operation: AddConstraint, context: Context) -> Iterator[Violation]:
    """An EXCLUDE on a table that holds rows already."""
    constraint = operation.constraint
    if (
        constraint.kind is not ConstraintKind.EXCLUDE
        or context.is_new(operation.table)
        or refused_key(operation.table, constraint, context)
    ):
        return
    yield Violation(
        operation.span,
        f"builds an index on {operation.table} under a lock that stops every query, and there is no online way",
        suggest_allow(
            f"create a new table with the constraint, and fill it in batches; or, if {operation.table} is small",
            RULE.name,
        ),
        doubtful=context.is_doubtful(operation.table),
    )
