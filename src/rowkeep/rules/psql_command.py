r"""A psql command in a migration.

## When

A line begins with a backslash command (`\i`, `\set`, `\gexec` …), or a query ends with one.

## Harm

Only psql understands it. Rowkeep, like every driver, sends text to the server, and the server refuses it. Nobody
checks what `\i` would include or `\gexec` would run.

## Unsafe

```sql
\set shop 'main'
SELECT 1;
```

```sql
SELECT format('DROP TABLE %I', relname) FROM pg_class WHERE relname LIKE 'old%' \gexec
```

## Safe

```sql
SELECT 1;
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(__name__, code="T003", category=Category.TRANSACTION, severity=Severity.ERROR)
RULE.reports(
    Sentence("write the SQL itself into the migration; instead of \\gexec, a DO block with EXECUTE format(…)")
)
