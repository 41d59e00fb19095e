"""An operation that the printed migration does not show.

## When

Django's `sqlmigrate` prints `-- THIS OPERATION CANNOT BE WRITTEN AS SQL` for a `RunPython` and for everything that is
only known at run time.

## Harm

The file does not say what the operation does to rows and tables: the rest of the migration was checked without it.
When you have read the operation, allow it with `-- rowkeep: allow-file operation-without-sql because …`.

## Given

```sql
CREATE TABLE app_order (id bigint PRIMARY KEY, email text);
```

## Unsafe

```sql
--
-- Raw Python operation
--
-- THIS OPERATION CANNOT BE WRITTEN AS SQL
```

## Safe

```sql
--
-- Raw SQL operation
--
UPDATE app_order SET email = lower(email) WHERE id BETWEEN 1 AND 1000;
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(
    __name__, code="D090", category=Category.DATA, severity=Severity.ERROR, peers=("django:cannot-be-written-as-sql",)
)
RULE.reports(Sentence("write the operation as SQL (RunSQL), or read it and allow it with a reason"))
