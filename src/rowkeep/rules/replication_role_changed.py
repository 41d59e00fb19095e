"""session_replication_role switches off foreign keys and triggers everywhere.

## When

`session_replication_role` is set to `replica`, by `SET`, `set_config()`, or for a role, a database or the whole
server.

## Harm

In such a session no ordinary trigger runs, and foreign keys are triggers: rows can refer to rows that do not exist,
deleted rows leave orphans, audit tables have gaps. PostgreSQL never checks them again.

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
```

## Unsafe

```sql
SET session_replication_role = replica;
```

```sql
SELECT set_config('session_replication_role', 'replica', true);
```

## Safe

Write in an order that satisfies the foreign keys, or defer their check to the end of the transaction.

```sql
SET CONSTRAINTS ALL DEFERRED;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AlterObject, AlterSystem, Operation, Role, SetVariable

RULE = Rule(__name__, code="D303", category=Category.DATA, severity=Severity.ERROR)
_VARIABLE, _VALUE = "session_replication_role", "replica"


@RULE.on(SetVariable)
def check_session(operation: SetVariable, context: Context) -> Iterator[Violation]:
    """In this session."""
    if operation.name == _VARIABLE:
        yield from _check_value(operation, operation.value, "in this session")


@RULE.on(Role)
def check_role(operation: Role, context: Context) -> Iterator[Violation]:
    """In every session of a role."""
    if operation.setting == _VARIABLE:
        yield from _check_value(operation, operation.value, f"in every session of {operation.role}")


@RULE.on(AlterObject)
def check_database(operation: AlterObject, context: Context) -> Iterator[Violation]:
    """In every session of a database."""
    if operation.action == "SET":
        yield from _check_value(
            operation, dict(operation.options).get(_VARIABLE), f"in every session of {operation.name}"
        )


@RULE.on(AlterSystem)
def check_server(operation: AlterSystem, context: Context) -> Iterator[Violation]:
    """Everywhere."""
    if operation.name == _VARIABLE:
        yield from _check_value(operation, operation.value, "in every session of the server")


def _check_value(operation: Operation, value: str | None, where: str) -> Iterator[Violation]:
    if value is not None and value.lower() == _VALUE:
        yield Violation(
            operation.span, f"no foreign key is checked and no trigger runs {where}", "SET CONSTRAINTS ALL DEFERRED;"
        )
