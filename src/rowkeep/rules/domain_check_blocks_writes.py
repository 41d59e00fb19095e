"""A constraint on a domain stops the writes to every table that uses it.

## When

`ALTER DOMAIN … ADD CONSTRAINT` without `NOT VALID`, or `SET NOT NULL`. `VALIDATE CONSTRAINT` is one step softer: it
takes the same locks, but there is no other way. A domain that the same migration has created is not a finding.

## Harm

PostgreSQL reads every table with a column of the domain under a `SHARE` lock, one after the other, and keeps all locks
until the commit: nobody can INSERT, UPDATE or DELETE there. The statement does not name these tables.

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

The constraint applies to new values at once, and locks no table. To prove the old values, prefer a `CHECK` on each
table, which can be validated while the application continues to work.

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
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AlterDomain, ObjectKind
from rowkeep.knowledge.forms.recipes import join_names

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
    """A constraint that the rows of all tables with the domain are checked against."""
    constraint = operation.constraint
    checks = operation.action in ("SET NOT NULL", "VALIDATE CONSTRAINT")
    checks |= operation.action == "ADD CONSTRAINT" and constraint is not None and not constraint.not_valid
    if not checks or context.has_made(ObjectKind.DOMAIN, operation.domain):
        return
    hint: str
    if operation.action == "VALIDATE CONSTRAINT":
        hint = Sentence("add a CHECK with NOT VALID to each table, and validate it there in the next migration")
    else:
        words = constraint.expression.text if constraint is not None and constraint.expression else "VALUE IS NOT NULL"
        name = constraint.name if constraint is not None and constraint.name is not None else None
        name = name or join_names(operation.domain.name, "check" if constraint is not None else "not_null")
        hint = f"ALTER DOMAIN {operation.domain} ADD CONSTRAINT {name} CHECK ({words}) NOT VALID;"
    yield Violation(
        operation.span,
        f"reads every table with a column of {operation.domain}, and nobody can write to them until the commit",
        hint,
        doubtful=operation.action == "VALIDATE CONSTRAINT",
    )
