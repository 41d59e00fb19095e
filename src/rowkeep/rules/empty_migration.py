"""A migration that does nothing.

## When

The up part contains no statement.

## Harm

It is recorded as applied, and nothing runs it again when the missing statements are added later.

## Unsafe

```sql
-- Up Migration
-- Down Migration
DROP TABLE IF EXISTS ghosts;
```

## Safe

```sql
-- Up Migration
CREATE TABLE IF NOT EXISTS ghosts (id bigint PRIMARY KEY);
-- Down Migration
DROP TABLE IF EXISTS ghosts;
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(__name__, code="T010", category=Category.TRANSACTION, severity=Severity.WARNING)
RULE.reports(Sentence("write the statements, or remove the file"))
