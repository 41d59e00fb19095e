"""A constraint on a domain stops the writes of every table that uses it.

## When

`ALTER DOMAIN … ADD CONSTRAINT` without `NOT VALID`, `SET NOT NULL`; one step softer `VALIDATE CONSTRAINT`, which locks
no less, but cannot be had otherwise. A domain that the same migration has made is no finding.

## Harm

Every table that has a column of the domain is read under `SHARE`, one after the other and all of them until the
commit: nobody can INSERT, UPDATE or DELETE there meanwhile. The statement does not name one of these tables.

## Given

```sql
CREATE DOMAIN postcode AS text;
CREATE TABLE addresses (id bigint PRIMARY KEY, zip postcode);
INSERT INTO addresses SELECT n, '10115' FROM generate_series(1, 100) AS n;
```

## Unsafe

```sql
ALTER DOMAIN postcode ADD CONSTRAINT postcode_not_blank CHECK (btrim(VALUE) <> '');
```

```sql
ALTER DOMAIN postcode SET NOT NULL;
```

## Safe

New values obey at once, and no table is locked. The old ones are better proven by a `CHECK` on each table, which can
be validated while everybody works.

```sql
ALTER DOMAIN postcode ADD CONSTRAINT postcode_not_blank CHECK (btrim(VALUE) <> '') NOT VALID;
```

```sql
ALTER TABLE addresses ADD CONSTRAINT addresses_zip_not_blank CHECK (btrim(zip) <> '') NOT VALID;
-- in the next migration:
ALTER TABLE addresses VALIDATE CONSTRAINT addresses_zip_not_blank;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AlterDomain, ObjectKind

RULE = Rule(
    __name__,
    code="L124",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=("squawk:ban-alter-domain-with-add-constraint", "pgfence:ban-alter-domain-add-constraint"),
    claims=(LockClaim("addresses", LockMode.SHARE, scans=True),),
)


@RULE.on(AlterDomain)
def check(operation: AlterDomain, context: Context) -> Iterator[Violation]:
    """A constraint that the rows of all its tables are held against."""
    constraint = operation.constraint
    checks = operation.action in ("SET NOT NULL", "VALIDATE CONSTRAINT")
    checks |= operation.action == "ADD CONSTRAINT" and constraint is not None and not constraint.not_valid
    if not checks or context.has_made(ObjectKind.DOMAIN, operation.domain):
        return
    if operation.action == "VALIDATE CONSTRAINT":
        hint = "a CHECK on each table, NOT VALID, and VALIDATE CONSTRAINT there in the next migration"
    else:
        words = constraint.expression.text if constraint is not None and constraint.expression else "VALUE IS NOT NULL"
        name = constraint.name if constraint is not None and constraint.name is not None else "…"
        hint = f"ALTER DOMAIN {operation.domain} ADD CONSTRAINT {name} CHECK ({words}) NOT VALID;"
    yield Violation(
        operation.span,
        f"reads every table with a column of {operation.domain}, and nobody can write to any of them until the commit",
        hint,
        doubtful=operation.action == "VALIDATE CONSTRAINT",
    )
