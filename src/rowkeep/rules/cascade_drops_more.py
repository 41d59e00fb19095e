"""CASCADE drops what the statement does not name.

## When

Something is dropped with `CASCADE`, unless this migration has made it itself.

## Harm

Views, foreign keys, columns, defaults and functions that depend on it go with it; PostgreSQL says which only
afterwards, as a notice. Rights on the views go, too. What was lost is found out when a query fails.

## Given

```sql
CREATE TABLE accounts (id bigint PRIMARY KEY, state text);
CREATE VIEW open_accounts AS SELECT id FROM accounts WHERE state = 'open';
```

## Unsafe

```sql
DROP VIEW open_accounts CASCADE;
```

```sql
ALTER TABLE accounts DROP CONSTRAINT accounts_pkey CASCADE;
```

## Safe

Name everything that has to go; the statement then fails while something unexpected is left.

```sql
DROP VIEW IF EXISTS open_accounts RESTRICT;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import DropColumn, DropConstraint, DropObject
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="D008",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    peers=(
        "safe-migrate:destructive-cascade",
        "safe-migrate:destructive-general-cascade",
        "pgfence:drop-schema-cascade",
    ),
)

REPAIR = "the same without CASCADE, after a DROP of each object that depends on it"


@RULE.on(DropObject)
def thing(act: DropObject, context: Context) -> Iterator[Fault]:
    """DROP … CASCADE."""
    if act.cascade and not context.is_new(act.name) and not context.has_made(act.kind, act.name):
        yield Fault(act.span, f"drops everything that depends on the {act.kind.value} {act.name}", REPAIR)


@RULE.on(DropColumn)
def column(act: DropColumn, context: Context) -> Iterator[Fault]:
    """ALTER TABLE … DROP COLUMN … CASCADE."""
    if act.cascade and not context.is_new(act.table):
        yield Fault(act.span, f"drops everything that depends on {act.table}.{act.column}", REPAIR)


@RULE.on(DropConstraint)
def constraint(act: DropConstraint, context: Context) -> Iterator[Fault]:
    """ALTER TABLE … DROP CONSTRAINT … CASCADE: the foreign keys of other tables."""
    if act.cascade and not context.is_new(act.table):
        yield Fault(act.span, f"drops everything that depends on the constraint {act.constraint}", REPAIR)
