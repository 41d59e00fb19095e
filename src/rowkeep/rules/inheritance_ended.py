"""Rows vanish from a parent table.

## When

`NO INHERIT` on a table that existed before this migration.

## Harm

The rows stay in the child, but queries on the parent no longer find them; its `DELETE`s and constraints no longer
reach them.

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

First let the application read the child by its own name; then allow this.

```sql
-- rowkeep: allow inheritance-ended because every version reads documents_archive by its name
ALTER TABLE documents_archive NO INHERIT documents;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import suggest_allow
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AlterTable, SetSchema
from rowkeep.knowledge.forms.retire import SCHEMA

RULE = Rule(
    __name__,
    code="D205",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=("squawk:ban-detach-inheritance",),
    claims=(LockClaim("documents_archive", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(AlterTable)
def check(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """NO INHERIT."""
    if operation.action != "DropInherit" or context.is_new(operation.table) or _is_retired(operation, context):
        return
    yield Violation(
        operation.span,
        f"queries on {operation.subject} no longer find the rows of {operation.table}",
        suggest_allow(f"when every version of the application reads {operation.table} by its name", RULE.name),
        doubtful=context.is_doubtful(operation.table),
    )


def _is_retired(operation: AlterTable, context: Context) -> bool:
    """Whether the table goes into a schema `retired` next, so that its parent must no longer show its rows."""
    return any(
        isinstance(move, SetSchema) and move.schema.name.startswith(SCHEMA) and move.name == operation.table
        for move in context.later(SetSchema)
    )
