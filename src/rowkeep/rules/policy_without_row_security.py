"""A policy without effect, because row level security is off.

## When

A policy is created on a table that the migrations have created, and at the end of the migration nothing has switched
on `ROW LEVEL SECURITY` for it.

## Harm

The policy exists, and does nothing: whoever may read the table reads all of it. To everybody who reads the migration
the table looks protected.

## Given

```sql
CREATE TABLE carts (id bigint PRIMARY KEY, owner text);
```

## Unsafe

```sql
CREATE POLICY own_carts ON carts USING (owner = current_user);
```

## Safe

```sql
CREATE TABLE baskets (id bigint PRIMARY KEY, owner text);
ALTER TABLE baskets ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_baskets ON baskets USING (owner = current_user);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import Policy, SectionEnd

RULE = Rule(
    __name__,
    code="S318",
    category=Category.SECURITY,
    severity=Severity.WARNING,
    peers=("splinter:policy_exists_rls_disabled",),
)


@RULE.on(SectionEnd)
def check(operation: SectionEnd, context: Context) -> Iterator[Violation]:
    """A new policy on a table whose whole history is known."""
    for policy in context.operations:
        if not isinstance(policy, Policy) or not policy.is_new or policy.is_stored:
            continue
        table = context.table(policy.table)
        if table is not None and table.made is not None and not table.has_row_security:
            message = f"{policy.policy} does nothing: row level security of {policy.table} is off"
            yield Violation(policy.span, message, f"ALTER TABLE {policy.table} ENABLE ROW LEVEL SECURITY;")
