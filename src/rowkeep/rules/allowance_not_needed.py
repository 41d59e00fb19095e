"""An allowance that allows nothing.

## When

A comment allows a rule that finds nothing there.

## Harm

It stays behind when the statement has changed, and would silently allow the next one.

## Given

```sql
CREATE TABLE drafts (id bigint PRIMARY KEY);
```

## Unsafe

```sql
-- rowkeep: allow drop-table because drafts was never used
ALTER TABLE drafts ADD COLUMN IF NOT EXISTS title text;
```

## Safe

```sql
ALTER TABLE drafts ADD COLUMN IF NOT EXISTS title text;
```
"""

from __future__ import annotations

from rowkeep.domain.finding import Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(__name__, code="T013", promise=Promise.TRANSACTION, severity=Severity.WARNING)
RULE.reports("remove the comment")
