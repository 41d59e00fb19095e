"""A comment allows a rule that finds nothing.

## When

A comment allows a rule that finds nothing there.

## Harm

When the statement changes, the comment stays, and would silently allow the next fault.

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

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(__name__, code="T013", category=Category.TRANSACTION, severity=Severity.WARNING)
RULE.reports(Sentence("remove the comment"))
