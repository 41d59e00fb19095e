"""A command that cannot run in a transaction shares a migration with other statements.

## When

A migration contains `CREATE INDEX CONCURRENTLY` or a similar command, and other statements that change something.
`SET`, comments and more such commands are not findings, nor is a file that says itself that it runs without a
transaction.

## Harm

The whole migration then runs without a transaction: if a statement fails, those before it stay applied, and nothing
rolls them back. Rowkeep resumes where it stopped; other programs start again at the first statement.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
```

## Unsafe

```sql
ALTER TABLE orders ADD COLUMN archived_at timestamptz;
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_archived_at_idx ON orders (archived_at);
```

## Safe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS archived_at timestamptz;
-- in the next migration:
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_archived_at_idx ON orders (archived_at);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import (
    Analyze,
    CallFunction,
    Comment,
    Harmless,
    Notice,
    Read,
    SectionEnd,
    SetVariable,
    Transaction,
)
from rowkeep.knowledge.non_transactional import find_non_transactional_command

RULE = Rule(
    __name__,
    code="T201",
    category=Category.TRANSACTION,
    severity=Severity.WARNING,
    peers=("squawk:ban-concurrent-index-creation-in-transaction", "atlas:PG103", "pgfence:concurrent-in-transaction"),
)
_LIGHT = (Analyze, CallFunction, Comment, Harmless, Notice, Read, SetVariable, Transaction)


@RULE.on(SectionEnd)
def check(operation: SectionEnd, context: Context) -> Iterator[Violation]:
    """The first such command, where anything else changes the database beside it."""
    part = context.migration.down if context.is_down else context.migration.up
    if part is not None and part.transaction is False:
        return
    own = [sibling for sibling in context.before if not sibling.inside]
    apart = [sibling for sibling in own if find_non_transactional_command(sibling)]
    others = [
        sibling for sibling in own if not find_non_transactional_command(sibling) and not isinstance(sibling, _LIGHT)
    ]
    if apart and others:
        words = find_non_transactional_command(apart[0])
        yield Violation(
            apart[0].span,
            f"{words} keeps the other statements here out of a transaction: half of them can stay applied",
            Sentence(f"move {words} into its own migration"),
        )
