"""SET TABLESPACE copies the table while nobody can use it.

## When

`SET TABLESPACE` of a table, an index or a materialized view that was there before this migration, also of `ALL IN
TABLESPACE`. A partitioned table has no rows of its own and is no finding.

## Harm

Every byte is copied to the other place under an `ACCESS EXCLUSIVE` lock, and written to the WAL: every query waits
until that is done. An index stops every query whose plan would look at it.

## Given

```sql
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE fast LOCATION '';
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE INDEX orders_id_idx ON orders (id);
```

## Unsafe

```sql
ALTER TABLE orders SET TABLESPACE fast;
```

```sql
ALTER INDEX orders_id_idx SET TABLESPACE fast;
```

```sql
ALTER TABLE ALL IN TABLESPACE fast SET TABLESPACE pg_default NOWAIT;
```

## Safe

A new index can be built in the new place while the old one serves.

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_id_fast_idx ON orders (id) TABLESPACE fast;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AlterTable, Name
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="L314",
    promise=Promise.LOCK,
    severity=Severity.ERROR,
    peers=("django-pg-zero-downtime:ALTER_TABLE_SET_TABLESPACE",),
    claims=(Claim("orders", LockMode.ACCESS_EXCLUSIVE, rewrites=True),),
)


@RULE.on(AlterTable)
def check(act: AlterTable, context: Context) -> Iterator[Fault]:
    """A table, an index, a materialized view, or all of a tablespace."""
    if act.action == "MoveAll":
        source = dict(act.options).get("from", "…")
        message = f"copies everything in the tablespace {source}, one table after the other, while every query waits"
        yield Fault(act.span, message, "one table a migration, the small ones first")
        return
    if act.action != "SetTableSpace" or context.is_new(_owner(act, context)):
        return
    known = context.table(act.table)
    if known is not None and known.is_partitioned:
        return
    who = "every query that would use it" if act.kind == "index" else "every query on it"
    yield Fault(
        act.span,
        f"copies the {act.kind} {act.table} to the tablespace {act.subject}, while {who} waits",
        f"CREATE INDEX CONCURRENTLY … TABLESPACE {act.subject}; (and drop the old one)"
        if act.kind == "index"
        else f"a new table in {act.subject}, filled in batches; or pg_repack --tablespace",
        doubtful=context.is_doubtful(_owner(act, context)),
    )


def _owner(act: AlterTable, context: Context) -> Name:
    """The table of an index, or the table itself."""
    index = context.index(act.table) if act.kind == "index" else None
    return Name(index.table[1], index.table[0]) if index is not None else act.table
