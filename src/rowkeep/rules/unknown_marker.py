"""A marker of another tool, which is an ordinary comment here.

## When

A file contains `-- +goose Down`, `-- migrate:down`, a bare `-- down` or something similar, and the layout of the
directory does not know that marker.

## Harm

To this layout it is a comment: the statements below it, written to undo, run as part of up.

## Unsafe

```sql
-- Up Migration
CREATE TABLE IF NOT EXISTS caps (id bigint PRIMARY KEY);
-- migrate:down
DROP TABLE IF EXISTS caps;
```

## Safe

```sql
-- Up Migration
CREATE TABLE IF NOT EXISTS caps (id bigint PRIMARY KEY);
-- Down Migration
DROP TABLE IF EXISTS caps;
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(__name__, code="T009", category=Category.TRANSACTION, severity=Severity.ERROR)
RULE.reports(Sentence("write -- Down Migration"))
