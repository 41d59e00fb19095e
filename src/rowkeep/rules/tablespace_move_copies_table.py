"""SET TABLESPACE copies the table while nobody can use it.

## When

`SET TABLESPACE` of a table, an index or a materialized view that existed before this migration, also of `ALL IN
TABLESPACE`. A partitioned table has no rows of its own and is not a finding.

## Harm

Every byte is copied to the other tablespace under an `ACCESS EXCLUSIVE` lock, and written to the WAL: every query on
the table waits until that is done. An index blocks every query whose plan considers it.

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

Build a new index in the other tablespace while the old one is in use.

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_id_fast_idx ON orders (id) TABLESPACE fast;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AlterTable, Name
from rowkeep.knowledge.forms.recipes import NEXT

RULE = Rule(
    __name__,
    code="L314",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=("django-pg-zero-downtime:ALTER_TABLE_SET_TABLESPACE",),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE, rewrites=True),),
)


@RULE.on(AlterTable)
def check(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """A table, an index, a materialized view, or all of a tablespace."""
    if operation.action == "MoveAll":
        source = dict(operation.options).get("from", "")
        where = f" in the tablespace {source}" if source else ""
        message = f"copies everything{where}, one table after the other, while every query waits"
        yield Violation(operation.span, message, Sentence("move one table per migration, the small ones first"))
        return
    if operation.action != "SetTableSpace" or context.is_new(_find_table(operation, context)):
        return
    known = context.table(operation.table)
    if known is not None and known.is_partitioned:
        return
    who = "every query that would use it" if operation.kind == "index" else "every query on it"
    yield Violation(
        operation.span,
        f"copies the {operation.kind} {operation.table} to the tablespace {operation.subject}, while {who} waits",
        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS <index> ON <table> (<columns>) TABLESPACE {operation.subject};\n"
        f"{NEXT}\n"
        f"DROP INDEX CONCURRENTLY IF EXISTS {operation.table};"
        if operation.kind == "index"
        else Sentence(f"use pg_repack --tablespace={operation.subject}, or fill a new table there in batches"),
        doubtful=context.is_doubtful(_find_table(operation, context)),
    )


def _find_table(operation: AlterTable, context: Context) -> Name:
    """Find the table of an index, or the table itself."""
    index = context.index(operation.table) if operation.kind == "index" else None
    return Name(index.table[1], index.table[0]) if index is not None else operation.table
