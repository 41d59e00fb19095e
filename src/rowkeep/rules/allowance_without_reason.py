"""A comment allows a rule without giving a reason.

## When

A comment allows a rule and gives no reason after `because`.

## Harm

In a year nobody knows whether somebody checked the danger or only silenced the message. Without a reason the comment
allows nothing.

## Given

```sql
CREATE TABLE drafts (id bigint PRIMARY KEY);
```

## Unsafe

```sql
-- rowkeep: allow drop-table
DROP TABLE drafts;
```

## Safe

```sql
-- rowkeep: allow drop-table because drafts was never used; checked with the owners
DROP TABLE drafts;
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(__name__, code="T011", category=Category.TRANSACTION, severity=Severity.ERROR)
RULE.reports(Sentence("write the reason into the comment: -- rowkeep: allow <rule> because <reason>"))
