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
-- next migration
INSERT INTO hits_logged SELECT * FROM hits WHERE id BETWEEN 1 AND 5000 ON CONFLICT DO NOTHING;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AlterTable, Persistence
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="L313",
    promise=Promise.LOCK,
    severity=Severity.ERROR,
    peers=("pgfence:set-logged-unlogged", "safe-migrate:table-rewrite-storage"),
    claims=(Claim("hits", LockMode.ACCESS_EXCLUSIVE, rewrites=True, scans=True),),
)


@RULE.on(AlterTable)
def check(act: AlterTable, context: Context) -> Iterator[Fault]:
    """Either way of a table that somebody else uses."""
    if act.action not in ("SetLogged", "SetUnLogged") or act.kind != "table" or context.is_new(act.table):
        return
    known = context.table(act.table)
    wanted = Persistence.PERMANENT if act.action == "SetLogged" else Persistence.UNLOGGED
    if known is not None and (known.persistence is wanted or known.is_partitioned):
        return
    yield Fault(
        act.span,
        f"writes {act.table} and its indexes anew, while every query on it waits",
        f"CREATE TABLE … (LIKE {act.table} INCLUDING ALL); (filled in batches, then put in its place)",
        doubtful=context.is_doubtful(act.table),
    )
