"""REINDEX without CONCURRENTLY stops every write to the table, and most reads.

## When

`REINDEX` without `CONCURRENTLY`, unless this migration has created the table.

## Harm

The table is locked with `SHARE` and the index with `ACCESS EXCLUSIVE` during the whole build: every INSERT, UPDATE and
DELETE waits, and so does every query whose plan considers the index.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
CREATE INDEX orders_email_idx ON orders (email);
```

## Unsafe

```sql
REINDEX TABLE orders;
```

```sql
REINDEX (VERBOSE) INDEX orders_email_idx;
```

## Safe

```sql
REINDEX TABLE CONCURRENTLY orders;
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, TextEdit, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import Name, Reindex
from rowkeep.domain.source import Span

RULE = Rule(
    __name__,
    code="L211",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=("squawk:require-concurrent-reindex", "pgfence:reindex-non-concurrent", "pgls:requireConcurrentReindex"),
    claims=(LockClaim("orders", LockMode.SHARE, scans=True),),
)
_KIND = compile_later(r"reindex\s*(\([^)]*\)\s*)?(index|table|schema|database)\b", re.IGNORECASE)


@RULE.on(Reindex)
def check(operation: Reindex, context: Context) -> Iterator[Violation]:
    """REINDEX of anything that this migration has not created."""
    if operation.concurrently or (operation.name is not None and _is_own(operation, operation.name, context)):
        return
    kind, name = operation.kind.lower(), operation.name
    what = f"the {kind} {name}" if name is not None else f"the {kind}"
    if kind == "system":
        hint = "-- for each table of your own; system catalogs have no other way:\nREINDEX TABLE CONCURRENTLY <table>;"
    else:
        hint = f"REINDEX {operation.kind} CONCURRENTLY {name or '<database>'};"
    yield Violation(
        operation.span,
        f"rebuilds {what if kind == 'index' else 'the indexes of ' + what} while writes and index scans wait",
        hint,
        edits=_add_concurrently(operation, context),
    )


def _is_own(operation: Reindex, name: Name, context: Context) -> bool:
    index = context.index(name) if operation.kind == "INDEX" else None
    table = Name(index.table[1], index.table[0]) if index is not None else name
    return operation.kind in ("INDEX", "TABLE") and context.is_new(table)


def _add_concurrently(operation: Reindex, context: Context) -> tuple[TextEdit, ...]:
    statement = context.statement
    words = _KIND.match(statement.text) if statement is not None and not operation.inside else None
    if statement is None or words is None or operation.span != statement.span:
        return ()
    at = statement.span.start + words.end()
    return (TextEdit(Span(at, at), " CONCURRENTLY"),)
