"""PostgreSQL cuts a name that is too long.

## When

A name is longer than 63 bytes. A letter with an accent has two bytes, most other characters outside ASCII three.

## Harm

PostgreSQL keeps the first 63 bytes and only says so in a notice. Two names that differ only after them are the same,
and whoever searches the catalog for the whole name does not find it.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);
```

## Unsafe

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_customer_id_of_everybody_who_has_ordered_at_least_once_idx
  ON orders (customer_id);
```

## Safe

```sql
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_customer_id_idx ON orders (customer_id);
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(
    __name__,
    code="T302",
    category=Category.TRANSACTION,
    severity=Severity.WARNING,
    peers=("squawk:identifier-too-long",),
)
RULE.reports(Sentence("use a shorter name"))
