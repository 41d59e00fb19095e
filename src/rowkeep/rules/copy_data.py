r"""Rows for COPY … FROM stdin in a migration.

## When

`COPY … FROM stdin` is followed by its rows and the line `\.`, as pg_dump writes them.

## Harm

Only psql can send such rows. To the server they are a syntax error.

## Given

```sql
CREATE TABLE countries (code text PRIMARY KEY, name text);
```

## Unsafe

```sql
COPY countries (code, name) FROM stdin;
de	Germany
fr	France
\.
```

## Safe

```sql
INSERT INTO countries (code, name) VALUES ('de', 'Germany'), ('fr', 'France') ON CONFLICT DO NOTHING;
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.rule import Rule

RULE = Rule(__name__, code="T004", category=Category.TRANSACTION, severity=Severity.ERROR)
RULE.reports("INSERT INTO <table> (<columns>) VALUES (<values>) ON CONFLICT DO NOTHING;")
