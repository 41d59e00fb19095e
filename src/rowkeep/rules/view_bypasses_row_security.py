"""A view shows rows that the policies of its table hide.

## When

A view or materialized view reads a table for which the migrations have enabled row level security, and the view is
created without `security_invoker = true` (PostgreSQL 15).

## Harm

A view reads with the rights of its owner, to whom the policies do not apply, or apply otherwise: whoever may read the
view sees the rows of everybody.

## Given

```sql
CREATE TABLE carts (id bigint PRIMARY KEY, owner text);
ALTER TABLE carts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_carts ON carts USING (owner = current_user);
```

## Unsafe

```sql
CREATE OR REPLACE VIEW all_carts AS SELECT id, owner FROM carts;
```

## Safe

```sql
-- since 15
CREATE OR REPLACE VIEW my_carts WITH (security_invoker = true) AS SELECT id, owner FROM carts;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CreateView

RULE = Rule(
    __name__,
    code="S308",
    category=Category.SECURITY,
    severity=Severity.ERROR,
    peers=("splinter:security_definer_view",),
)


@RULE.on(CreateView)
def check(operation: CreateView, context: Context) -> Iterator[Violation]:
    """A view over a protected table."""
    if operation.security_invoker or operation.is_temporary:
        return
    protected = [
        name for name in operation.reads if (table := context.table(name)) is not None and table.has_row_security
    ]
    if not protected:
        return
    hint: str = f"CREATE VIEW {operation.view} WITH (security_invoker = true) AS <query>;"
    if operation.is_materialized:
        hint = Sentence("create no materialized view of a table with policies")
    yield Violation(
        operation.span,
        f"{operation.view} shows the rows of {protected[0]} with the rights of its owner, whatever the policies say",
        hint,
    )
