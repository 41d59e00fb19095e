"""A server shows that the migration removes something that the text does not name.

## When

`rowkeep lint --witness` (and `deploy`, `rehearse`) runs the migration on a throw-away server. A table, column, view,
function, type, sequence or schema that existed before is gone after a statement that does not name it, or a table has
been emptied: by dynamic SQL, or by a function that the statement calls.

## Harm

The rows and values are lost when the migration commits, and nobody who reads the migration can see it.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
```

## Unsafe

```sql
DO $$
BEGIN
  EXECUTE replace('ALTER TABLE # DROP COLUMN email', '#', 'orders');
END
$$;
```

```sql
DO $$
BEGIN
  EXECUTE reverse('sredro ETACNURT');
END
$$;
```

## Safe

Write the statement out, and retire the column before you drop it.

```sql
COMMENT ON COLUMN orders.email IS 'read by nobody since March; to be dropped in May';
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(__name__, code="D520", category=Category.DATA, severity=Severity.ERROR, witnessed=True)
RULE.reports(Sentence("write the statement out; retire what is no longer needed, and drop it weeks later"))
