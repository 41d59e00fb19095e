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
-- next migration
ALTER TABLE addresses VALIDATE CONSTRAINT addresses_zip_not_blank;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AlterDomain, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="L124",
    promise=Promise.LOCK,
    severity=Severity.ERROR,
    peers=("squawk:ban-alter-domain-with-add-constraint", "pgfence:ban-alter-domain-add-constraint"),
    claims=(Claim("addresses", LockMode.SHARE, scans=True),),
)


@RULE.on(AlterDomain)
def check(act: AlterDomain, context: Context) -> Iterator[Fault]:
    """A constraint that the rows of all its tables are held against."""
    constraint = act.constraint
    checks = act.action in ("SET NOT NULL", "VALIDATE CONSTRAINT")
    checks |= act.action == "ADD CONSTRAINT" and constraint is not None and not constraint.not_valid
    if not checks or context.has_made(ObjectKind.DOMAIN, act.domain):
        return
    if act.action == "VALIDATE CONSTRAINT":
        repair = "a CHECK on each table, NOT VALID, and VALIDATE CONSTRAINT there in the next migration"
    else:
        words = constraint.expression.text if constraint is not None and constraint.expression else "VALUE IS NOT NULL"
        name = constraint.name if constraint is not None and constraint.name is not None else "…"
        repair = f"ALTER DOMAIN {act.domain} ADD CONSTRAINT {name} CHECK ({words}) NOT VALID;"
    yield Fault(
        act.span,
        f"reads every table with a column of {act.domain}, and nobody can write to any of them until the commit",
        repair,
        doubtful=act.action == "VALIDATE CONSTRAINT",
    )
