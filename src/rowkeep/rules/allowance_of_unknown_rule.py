"""A comment allows a rule that does not exist.

## When

A comment allows a name that no rule has.

## Harm

A misspelt rule name allows nothing. A name that was right for another version of Rowkeep should not go unnoticed.

## Given

```sql
CREATE TABLE drafts (id bigint PRIMARY KEY);
```

## Unsafe

```sql
-- rowkeep: allow dorp-table because drafts was never used
ALTER TABLE drafts ADD COLUMN IF NOT EXISTS title text;
```

## Safe

```sql
ALTER TABLE drafts ADD COLUMN IF NOT EXISTS title text;
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(
    __name__,
    code="T012",
    category=Category.TRANSACTION,
    severity=Severity.WARNING,
    peers=("squawk:unused-ignore",),
)
RULE.reports(Sentence("write the name of a rule: `rowkeep rule --list` shows them"))
