"""A comment or a string that is taken for a marker.

## When

Something that is not quite a marker (a sentence in a comment, a line of a string or a function body) matches what
node-pg-migrate looks for: dashes at the start of a line, and then the words *up migration* or *down migration*.

## Harm

The file is cut there: what should have run as up becomes part of the down section, or never runs.

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS parts (id bigint PRIMARY KEY);
-- down migration will follow
CREATE TABLE IF NOT EXISTS bolts (id bigint PRIMARY KEY);
```

## Safe

```sql
-- Up Migration
CREATE TABLE IF NOT EXISTS parts (id bigint PRIMARY KEY);
-- todo: think about how to undo this
CREATE TABLE IF NOT EXISTS bolts (id bigint PRIMARY KEY);
-- Down Migration
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(__name__, code="T006", category=Category.TRANSACTION, severity=Severity.ERROR)
RULE.reports(Sentence("use other words, and write the markers as -- Up Migration and -- Down Migration"))
