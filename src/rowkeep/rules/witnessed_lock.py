"""A server shows a lock on a table that the text does not name.

## When

`rowkeep lint --witness` (and `deploy`, `rehearse`) runs the migration on a throw-away server. A statement takes a lock
that stops writes or reads, on a table that existed before and that the statement does not name: because of dynamic
SQL, a function, the other table of a foreign key, or a partition. Where the text hides nothing it is a note.

## Harm

The application also waits for that table, and whoever reads the migration does not expect it.

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
```

## Unsafe

```sql
DO $$
BEGIN
  EXECUTE replace('ALTER TABLE # ADD COLUMN email text', '#', 'customers');
END
$$;
```

## Safe

Name the table.

```sql
ALTER TABLE customers ADD COLUMN IF NOT EXISTS email text;
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(__name__, code="L522", category=Category.LOCK, severity=Severity.WARNING, witnessed=True)
RULE.reports(Sentence("name the table; take the locks first, always in the same order, with a short lock_timeout"))
