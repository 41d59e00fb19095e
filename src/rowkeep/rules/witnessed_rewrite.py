"""A server shows that a table is rewritten, row by row.

## When

`rowkeep lint --witness` (and `deploy`, `rehearse`) runs the migration on a throw-away server of the oldest major
version. After the statement, a table that existed before is stored in another file, and nothing in the text showed it:
the type of a column was not known, dynamic SQL hid the statement, or a function did it.

## Harm

PostgreSQL copies every row, and nobody can read or write the table until it is done: minutes for a large table.

## Given

```sql
CREATE TABLE orders (id integer PRIMARY KEY, total integer);
```

## Unsafe

```sql
DO $$
BEGIN
  EXECUTE replace('ALTER TABLE # ALTER COLUMN total TYPE bigint', '#', 'orders');
END
$$;
```

## Safe

Add a new column beside the old one, and fill it in batches.

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS total_wide bigint;
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(__name__, code="L520", category=Category.LOCK, severity=Severity.ERROR, witnessed=True)
RULE.reports(Sentence("add a new column beside the old one, fill it in batches, then change over"))
