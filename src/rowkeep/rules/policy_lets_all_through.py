"""A policy that is true of every row disables the others.

## When

`CREATE POLICY` (permissive) or `ALTER POLICY` with `USING (true)` or `WITH CHECK (true)`. For reading only, or on a
table that the migration has created, it is one step softer; for named roles it is a note.

## Harm

Permissive policies are combined with OR: where one of them is true, the conditions of all others no longer matter.
Every role that it applies to sees, or writes, the rows of everybody.

## Given

```sql
CREATE TABLE carts (id bigint PRIMARY KEY, owner text);
ALTER TABLE carts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_carts ON carts USING (owner = current_user);
CREATE ROLE support;
```

## Unsafe

```sql
CREATE POLICY all_carts ON carts USING (true);
```

```sql
ALTER POLICY own_carts ON carts USING (1 = 1);
```

## Safe

```sql
CREATE POLICY old_carts ON carts FOR SELECT TO support USING (id < 1000);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import Policy

RULE = Rule(
    __name__,
    code="S316",
    category=Category.SECURITY,
    severity=Severity.ERROR,
    peers=("squawk:ban-create-policy", "squawk:ban-alter-policy-condition", "splinter:permissive_rls_policy"),
    claims=(LockClaim("carts", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(Policy)
def check(operation: Policy, context: Context) -> Iterator[Violation]:
    """A condition that is always true."""
    if not operation.lets_all or not operation.permissive:
        return
    named = bool(operation.roles) and all(role.name != "public" for role in operation.roles)
    who = ", ".join(str(role) for role in operation.roles) if named else "everybody"
    yield Violation(
        operation.span,
        f"{operation.policy} opens every row of {operation.table} to {who}, whatever the other policies say",
        f"CREATE POLICY {operation.policy} ON {operation.table} TO <role> USING (<condition>);"
        if operation.is_new
        else f"ALTER POLICY {operation.policy} ON {operation.table} USING (<condition>);",
        doubtful=operation.command == "SELECT" or context.is_new(operation.table),
        faint=named,
    )
