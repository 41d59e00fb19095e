"""A statement names a column twice where it can have only one value.

## When

`UPDATE … SET` or the column list of an `INSERT` names the same column twice, or `CREATE TABLE` defines it twice. Parts
of one column (`tags[1]`, `place.x`) may stand side by side.

## Harm

PostgreSQL refuses the statement (SQLSTATE 42601, 42701), but only when it runs.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
```

## Unsafe

```sql
UPDATE orders SET note = 'a', note = 'b' WHERE id = 1;
```

## Safe

```sql
UPDATE orders SET note = 'b' WHERE id = 1;
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(
    __name__,
    code="T303",
    category=Category.TRANSACTION,
    severity=Severity.ERROR,
    peers=("squawk:ban-duplicate-column-assignments",),
)
RULE.reports(Sentence("name the column once"))
