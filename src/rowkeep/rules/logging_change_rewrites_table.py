"""SET LOGGED or UNLOGGED rewrites the table while nobody can use it.

## When

`ALTER TABLE … SET LOGGED` or `SET UNLOGGED` on a table that existed before this migration. If the migrations show that
the table is of that kind already, it is not a finding: then nothing is written.

## Harm

The table and all its indexes are rewritten under an `ACCESS EXCLUSIVE` lock, and with `SET LOGGED` also written to the
WAL: every query on it waits until that is done, SELECT too. An unlogged table is empty after a crash: see
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

Create a new table of the kind you want, and fill it in batches while the old one is in use.

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
from rowkeep.knowledge.forms.recipes import NEXT, join_names

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
    create = "CREATE TABLE" if wanted is Persistence.PERMANENT else "CREATE UNLOGGED TABLE"
    copy = join_names(operation.table.name, "next")
    yield Violation(
        operation.span,
        f"rewrites {operation.table} and its indexes, while every query on it waits",
        f"{create} {copy} (LIKE {operation.table} INCLUDING ALL);\n"
        f"{NEXT}\n"
        "-- repeat until nothing is left, and then let the application change over:\n"
        f"INSERT INTO {copy} SELECT * FROM {operation.table} WHERE <key> > <from> ORDER BY <key> LIMIT 5000;",
        doubtful=context.is_doubtful(operation.table),
    )
