"""A file with a down part and no up part.

## When

A file holds `-- Down Migration` and no `-- Up Migration`.

## Harm

node-pg-migrate runs the whole file as up, the down part included: what it has just created is dropped again.

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS drawers (id bigint PRIMARY KEY);
-- Down Migration
DROP TABLE IF EXISTS drawers;
```

## Safe

```sql
-- Up Migration
CREATE TABLE IF NOT EXISTS drawers (id bigint PRIMARY KEY);
-- Down Migration
DROP TABLE IF EXISTS drawers;
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(__name__, code="T007", category=Category.TRANSACTION, severity=Severity.ERROR)
RULE.reports(Sentence("write -- Up Migration above the up part"))
