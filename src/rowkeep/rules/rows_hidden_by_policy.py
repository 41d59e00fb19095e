"""Rows that the running application sees are hidden from it.

## When

`ENABLE` or `FORCE ROW LEVEL SECURITY`, or a restrictive policy (`AS RESTRICTIVE`), on a table that existed before
this migration.

## Harm

From the commit on, everybody except the owner sees only what a policy allows, and nothing if there is none. The
application gets no error, only fewer rows, and its INSERTs fail.

## Given

```sql
CREATE TABLE carts (id bigint PRIMARY KEY, owner text);
```

## Unsafe

```sql
ALTER TABLE carts ENABLE ROW LEVEL SECURITY;
```

```sql
CREATE POLICY only_open ON carts AS RESTRICTIVE USING (id > 0);
```

## Safe

Create the policies first. Enable row level security when every running version of the application expects it.

```sql
CREATE POLICY own_carts ON carts USING (owner = current_user);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AlterTable, Policy

RULE = Rule(
    __name__,
    code="C300",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-alter-row-level-security",
        "squawk:ban-create-policy",
        "safe-migrate:restrictive-policy",
        "splinter:rls_enabled_no_policy",
    ),
    claims=(LockClaim("carts", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(AlterTable)
def check_enable(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """ENABLE and FORCE ROW LEVEL SECURITY."""
    if operation.action not in ("EnableRowSecurity", "ForceRowSecurity") or context.is_new(operation.table):
        return
    who = "the owner, too," if operation.action == "ForceRowSecurity" else "everybody except the owner"
    message = f"{who} sees only the rows of {operation.table} that a policy allows from now on"
    yield Violation(
        operation.span,
        message,
        f"-- first, before you enable row level security:\n"
        f"CREATE POLICY <policy> ON {operation.table} USING (<condition>);",
        doubtful=context.is_doubtful(operation.table),
    )


@RULE.on(Policy)
def check_policy(operation: Policy, context: Context) -> Iterator[Violation]:
    """AS RESTRICTIVE."""
    if operation.is_new and not operation.permissive and not context.is_new(operation.table):
        message = f"hides every row of {operation.table} for which {operation.policy} is not true"
        yield Violation(
            operation.span,
            message,
            Sentence("first deploy the version of the application that expects it"),
            doubtful=context.is_doubtful(operation.table),
        )
