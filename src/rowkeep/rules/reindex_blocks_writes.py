"""REINDEX without CONCURRENTLY stops every write to the table, and most reads.

## When

`REINDEX` without `CONCURRENTLY`, unless the table was made by this migration.

## Harm

The table is locked with `SHARE` and the index with `ACCESS EXCLUSIVE` from its first row to its last: every INSERT,
UPDATE and DELETE waits, and every query whose plan would look at the index.

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

from rowkeep.domain.act import Name, Reindex
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Edit, Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule
from rowkeep.domain.source import Span

RULE = Rule(
    __name__,
    code="L211",
    promise=Promise.LOCK,
    severity=Severity.ERROR,
    peers=("squawk:require-concurrent-reindex", "pgfence:reindex-non-concurrent", "pgls:requireConcurrentReindex"),
    claims=(Claim("orders", LockMode.SHARE, scans=True),),
)
_KIND = re.compile(r"reindex\s*(\([^)]*\)\s*)?(index|table|schema|database)\b", re.IGNORECASE)


@RULE.on(Reindex)
def check(act: Reindex, context: Context) -> Iterator[Fault]:
    """Anything but what this migration has made."""
    if act.concurrently or (act.name is not None and _is_own(act, act.name, context)):
        return
    kind, name = act.kind.lower(), act.name
    what = f"the {kind} {name}" if name is not None else f"the {kind}"
    if kind == "system":
        repair = "REINDEX (CONCURRENTLY) TABLE …; (of user tables; the catalogs know no other way)"
    else:
        repair = f"REINDEX {act.kind} CONCURRENTLY {name or '…'};"
    yield Fault(act.span, f"builds {what} anew while writes and index scans wait", repair, edits=_edits(act, context))


def _is_own(act: Reindex, name: Name, context: Context) -> bool:
    index = context.index(name) if act.kind == "INDEX" else None
    table = Name(index.table[1], index.table[0]) if index is not None else name
    return act.kind in ("INDEX", "TABLE") and context.is_new(table)


def _edits(act: Reindex, context: Context) -> tuple[Edit, ...]:
    statement = context.statement
    words = _KIND.match(statement.text) if statement is not None and not act.inside else None
    if statement is None or words is None or act.span != statement.span:
        return ()
    at = statement.span.start + words.end()
    return (Edit(Span(at, at), " CONCURRENTLY"),)
