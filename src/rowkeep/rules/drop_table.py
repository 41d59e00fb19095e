"""DROP TABLE takes the table with all its rows.

## When

A table is dropped that somebody else may know: one that was there before this migration. A temporary table, a table
that the same migration has made, and in a down part the table that its up part made, are no finding.

## Harm

The rows are gone when the migration commits; only a backup brings them back. Every application server that still runs
the old version fails at its next query. The drop also waits for an `ACCESS EXCLUSIVE` lock on the table, and on every
table that it refers to by a foreign key; while it waits, everybody else waits behind it.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
INSERT INTO orders VALUES (1, 'a@example.org');
```

## Unsafe

```sql
DROP TABLE orders;
```

```sql
DO $$
BEGIN
  EXECUTE 'DROP TABLE ' || quote_ident('orders');
END
$$;
```

## Safe

Retire it: move it out of the way under a name that says since when, take the rights away, and drop it weeks later,
when nobody has missed it.

```sql
CREATE SCHEMA IF NOT EXISTS retired;
ALTER TABLE orders SET SCHEMA retired;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import DropObject, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="D001",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-drop-table",
        "atlas:DS102",
        "pg-schema-diff:DELETES_DATA",
        "pgfence:drop-table",
        "pgls:banDropTable",
        "safe-migrate:irreversible-migration",
    ),
    claims=(Claim("orders", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(DropObject)
def check(act: DropObject, context: Context) -> Iterator[Fault]:
    """A table, unless it is this migration's own."""
    if act.kind is not ObjectKind.TABLE or context.is_new(act.name) or context.undoes(ObjectKind.TABLE, act.name):
        return
    which = "a table whose name is only known when it runs" if act.name.is_unknown else str(act.name)
    yield Fault(
        act.span,
        f"drops {which} with all its rows",
        f"CREATE SCHEMA IF NOT EXISTS retired;\nALTER TABLE {act.name} SET SCHEMA retired;",
    )
