"""Rows vanish from the parent of a table.

## When

`NO INHERIT` on a table that was there before this migration.

## Harm

The rows stay in the child, and are gone from every query on the parent, from its constraints and from its `DELETE`s.

## Given

```sql
CREATE TABLE documents (id bigint PRIMARY KEY);
CREATE TABLE documents_archive () INHERITS (documents);
INSERT INTO documents_archive VALUES (1);
```

## Unsafe

```sql
ALTER TABLE documents_archive NO INHERIT documents;
```

## Safe

Let the application read the child by its own name first; then say so.

```sql
-- rowkeep: allow inheritance-ended because every version reads documents_archive by its name
ALTER TABLE documents_archive NO INHERIT documents;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AlterTable, SetSchema
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule
from rowkeep.knowledge.retiring import SCHEMA

RULE = Rule(
    __name__,
    code="D205",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    peers=("squawk:ban-detach-inheritance",),
    claims=(Claim("documents_archive", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(AlterTable)
def check(act: AlterTable, context: Context) -> Iterator[Fault]:
    """NO INHERIT."""
    if act.action != "DropInherit" or context.is_new(act.table) or _is_retired(act, context):
        return
    yield Fault(
        act.span,
        f"the rows of {act.table} are no longer found in {act.subject}",
        f"-- rowkeep: allow {RULE.name} because every version reads {act.table} by its name",
        doubtful=context.is_doubtful(act.table),
    )


def _is_retired(act: AlterTable, context: Context) -> bool:
    """Whether the table goes into a schema `retired` next, so that its parent must no longer show its rows."""
    return any(
        isinstance(each, SetSchema) and each.schema.name.startswith(SCHEMA) and each.name == act.table
        for each in context.later(SetSchema)
    )
