"""SET LOGGED or UNLOGGED rewrites the table while nobody can use it.

## When

`ALTER TABLE … SET LOGGED` or `SET UNLOGGED` on a table that was there before this migration. A table of which
the migrations tell that it is of that kind already is no finding: nothing is written then.

## Harm

The table and all its indexes are written anew under an `ACCESS EXCLUSIVE` lock, and with `SET LOGGED` into the WAL as
well: every query waits until that is done, SELECT too. What is unlogged is lost with the next crash: see
`unlogged-table`.

## Given

```sql
CREATE UNLOGGED TABLE hits (id bigint PRIMARY KEY);
```

## Unsafe

```sql
ALTER TABLE hits SET LOGGED;
```

## Safe

A new table of the wanted kind, filled in batches while the old one is in use.

```sql
CREATE TABLE IF NOT EXISTS hits_logged (LIKE hits INCLUDING ALL);
-- in the next migration:
INSERT INTO hits_logged SELECT * FROM hits WHERE id BETWEEN 1 AND 5000 ON CONFLICT DO NOTHING;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AlterTable, Persistence

RULE = Rule(
    __name__,
    code="L313",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=("pgfence:set-logged-unlogged", "safe-migrate:table-rewrite-storage"),
    claims=(LockClaim("hits", LockMode.ACCESS_EXCLUSIVE, rewrites=True, scans=True),),
)


@RULE.on(AlterTable)
def check(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """Either way of a table that somebody else uses."""
    if (
        operation.action not in ("SetLogged", "SetUnLogged")
        or operation.kind != "table"
        or context.is_new(operation.table)
    ):
        return
    known = context.table(operation.table)
    wanted = Persistence.PERMANENT if operation.action == "SetLogged" else Persistence.UNLOGGED
    if known is not None and (known.persistence is wanted or known.is_partitioned):
        return
    yield Violation(
        operation.span,
        f"writes {operation.table} and its indexes anew, while every query on it waits",
        f"CREATE TABLE … (LIKE {operation.table} INCLUDING ALL); (filled in batches, then put in its place)",
        doubtful=context.is_doubtful(operation.table),
    )
