"""A column of type char(n) is filled up with blanks.

## When

A column is made as `char` or `char(n)`, or becomes one.

## Harm

Every value is filled up to its length: it takes more room than `text`, is not faster, and its blanks come and go in
comparisons (manual, 8.3).

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS prices (id bigint PRIMARY KEY, currency char(3));
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS prices (id bigint PRIMARY KEY, currency text CHECK (length(currency) = 3));
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AddColumn, ChangeType, CreateTable
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule
from rowkeep.knowledge.columns import given

RULE = Rule(
    __name__,
    code="Y300",
    promise=Promise.STYLE,
    severity=Severity.WARNING,
    peers=("squawk:ban-char-field", "pgfence:ban-char-field", "pgls:banCharField"),
)


@RULE.on(CreateTable)
@RULE.on(AddColumn)
@RULE.on(ChangeType)
def check(act: CreateTable | AddColumn | ChangeType, context: Context) -> Iterator[Fault]:
    """A column that gets such a type."""
    for each in given(act):
        if each.type.name == "bpchar":
            yield Fault(each.span, f"{each.column} of {each.table} is filled up with blanks", f"{each.column} text")
