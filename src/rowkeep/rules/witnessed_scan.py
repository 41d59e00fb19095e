"""A server shows that a table is read from end to end, or an index built, while others must wait.

## When

`rowkeep lint --witness` (and `deploy`, `rehearse`) runs the migration on a throw-away server of the oldest major.
PostgreSQL says itself that it reads a table that was there before, or builds an index on it, while the transaction
holds a lock on it that stops writes or reads; and nothing in the text told it.

## Harm

It takes as long as the table is large, and all that time the application waits.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
```

## Unsafe

```sql
DO $$
BEGIN
  EXECUTE replace('CREATE INDEX ON # (email)', '#', 'orders');
END
$$;
```

## Safe

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_email ON orders (email);
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.rule import Rule

RULE = Rule(__name__, code="L521", category=Category.LOCK, severity=Severity.ERROR, witnessed=True)
RULE.reports("CREATE INDEX CONCURRENTLY; a constraint as NOT VALID first, then VALIDATE CONSTRAINT")
