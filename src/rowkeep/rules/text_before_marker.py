"""Statements before the first marker of a file.

## When

A file has a marker (`-- Up Migration`, `-- Down Migration`), and SQL stands above the first one.

## Harm

node-pg-migrate, and Rowkeep with it, takes the up and down parts from between the markers: SQL above them belongs to
neither. It never runs, and nothing says so.

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS lost (id bigint PRIMARY KEY);
-- Up Migration
CREATE TABLE IF NOT EXISTS found (id bigint PRIMARY KEY);
-- Down Migration
```

## Safe

```sql
-- Up Migration
CREATE TABLE IF NOT EXISTS lost (id bigint PRIMARY KEY);
CREATE TABLE IF NOT EXISTS found (id bigint PRIMARY KEY);
-- Down Migration
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(__name__, code="T005", category=Category.TRANSACTION, severity=Severity.ERROR)
RULE.reports(Sentence("move it below the marker of the direction that should run it"))
