"""DROP INDEX without CONCURRENTLY stops every query on the table.

## When

An index is dropped without `CONCURRENTLY`, unless this migration has created its table. In a down part, an index that
its up part created is a note.

## Harm

It takes an `ACCESS EXCLUSIVE` lock on the table. The lock is short, but it waits for the longest running query, and
every later query waits behind it, SELECT too.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
CREATE INDEX orders_email_idx ON orders (email);
```

## Unsafe

```sql
DROP INDEX orders_email_idx;
```

## Safe

`CONCURRENTLY` cannot run in a transaction; Rowkeep detects that and runs such a migration statement by statement. Put
it into its own migration.

```sql
DROP INDEX CONCURRENTLY IF EXISTS orders_email_idx;
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, TextEdit, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import DropObject, Name, ObjectKind
from rowkeep.domain.source import Span
from rowkeep.knowledge.forms.keywords import quote_name

RULE = Rule(
    __name__,
    code="L210",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:require-concurrent-index-deletion",
        "squawk:ban-drop-index",
        "strong_migrations:remove_index",
        "online_migrations:remove_index",
        "atlas:PG102",
        "pg-schema-diff:INDEX_DROPPED",
        "pgfence:drop-index-not-concurrent",
        "pgls:requireConcurrentIndexDeletion",
        "safe-migrate:require-concurrent-drop-index",
    ),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE),),
)
_INDEX = compile_later(r"drop\s+index\b", re.IGNORECASE)


@RULE.on(DropObject)
def check(operation: DropObject, context: Context) -> Iterator[Violation]:
    """An index of a table that somebody else uses."""
    if operation.kind is not ObjectKind.INDEX or operation.concurrently:
        return
    index = context.index(operation.name)
    table = Name(index.table[1], index.table[0]) if index is not None else None
    if table is not None and context.is_new(table):
        return
    known = context.table(table) if table is not None else None
    if known is not None and known.is_partitioned:
        hint: str = Sentence(
            "an index of a partitioned table cannot be dropped CONCURRENTLY: drop it in its own migration, off-peak"
        )
    else:
        hint = f"DROP INDEX CONCURRENTLY IF EXISTS {operation.name};"
    where = quote_name(table.name) if table is not None else "its table"
    yield Violation(
        operation.span,
        f"stops every query on {where} until the index {operation.name} is gone",
        hint,
        edits=_add_concurrently(operation, context) if known is None or not known.is_partitioned else (),
        faint=context.undoes(ObjectKind.INDEX, operation.name),
    )


def _add_concurrently(operation: DropObject, context: Context) -> tuple[TextEdit, ...]:
    """Insert the word after INDEX, where the statement drops this index and nothing else."""
    statement = context.statement
    if statement is None or operation.inside or operation.span != statement.span or operation.cascade:
        return ()
    words = _INDEX.match(statement.text)
    if words is None:
        return ()
    at = statement.span.start + words.end()
    return (TextEdit(Span(at, at), " CONCURRENTLY"),)
