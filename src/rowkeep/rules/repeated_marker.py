"""A marker appears in the file a second time.

## When

`-- Up Migration` or `-- Down Migration` appears more than once.

## Harm

Only the first one counts. In a file with up, down and up again, the second up part belongs to the down part and runs
when the migration is undone.

## Unsafe

```sql
-- Up Migration
CREATE TABLE IF NOT EXISTS jars (id bigint PRIMARY KEY);
-- Down Migration
DROP TABLE IF EXISTS jars;
-- Up Migration
CREATE TABLE IF NOT EXISTS lids (id bigint PRIMARY KEY);
```

## Safe

```sql
-- Up Migration
CREATE TABLE IF NOT EXISTS jars (id bigint PRIMARY KEY);
CREATE TABLE IF NOT EXISTS lids (id bigint PRIMARY KEY);
-- Down Migration
DROP TABLE IF EXISTS lids;
DROP TABLE IF EXISTS jars;
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(__name__, code="T008", category=Category.TRANSACTION, severity=Severity.ERROR)
RULE.reports(Sentence("write one up part and one down part in a file"))
