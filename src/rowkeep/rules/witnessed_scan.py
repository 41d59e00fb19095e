"""A server shows that a table is read from end to end, or an index built, while others wait.

## When

`rowkeep lint --witness` (and `deploy`, `rehearse`) runs the migration on a throw-away server of the oldest major
version. PostgreSQL itself reports that it reads a table that existed before, or builds an index on it, while the
transaction holds a lock that stops writes or reads; and nothing in the text showed it.

## Harm

The larger the table, the longer the application waits.

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
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(__name__, code="L521", category=Category.LOCK, severity=Severity.ERROR, witnessed=True)
RULE.reports(Sentence("use CREATE INDEX CONCURRENTLY; add a constraint as NOT VALID first, then validate it"))
