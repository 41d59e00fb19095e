"""Everybody may call a new SECURITY DEFINER function.

## When

A function is created with `SECURITY DEFINER`, and nothing later in the migration revokes `EXECUTE` from PUBLIC. A
function that only a trigger can call is not a finding; a function that is replaced keeps its rights, and is a note.

## Harm

PostgreSQL grants `EXECUTE` on every new function to PUBLIC: any role that can connect may run it with the rights of
its owner.

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE ROLE shop_app;
```

## Unsafe

```sql
CREATE FUNCTION forget(customer bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM customers WHERE id = customer
$$;
```

## Safe

```sql
CREATE FUNCTION forget(customer bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM customers WHERE id = customer
$$;
REVOKE ALL ON FUNCTION forget(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget(bigint) TO shop_app;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CreateFunction, Grant, ObjectKind, Operation

RULE = Rule(__name__, code="S307", category=Category.SECURITY, severity=Severity.WARNING)
_ROUTINES = (ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE)
_OF_TRIGGERS = ("trigger", "event_trigger")


@RULE.on(CreateFunction)
def check(operation: CreateFunction, context: Context) -> Iterator[Violation]:
    """A function that anybody can call."""
    if not operation.security_definer or operation.returns in _OF_TRIGGERS or operation.function.schema == "pg_temp":
        return
    if any(_revokes(other, operation, context) for other in context.operations):
        return
    kind = "PROCEDURE" if operation.is_procedure else "FUNCTION"
    yield Violation(
        operation.span,
        f"every role may call {operation.function}, which runs with the rights of its owner",
        f"REVOKE ALL ON {kind} {operation.function} FROM PUBLIC;",
        faint=operation.replace,
    )


def _revokes(other: Operation, operation: CreateFunction, context: Context) -> bool:
    """Whether a REVOKE takes the function, all functions of its schema, or all future ones, from PUBLIC."""
    if not isinstance(other, Grant) or other.is_grant or other.kind not in _ROUTINES:
        return False
    if all(role.name != "public" for role in other.to):
        return False
    schema = context.key(operation.function)[0]
    if other.is_default or other.all_in_schema:
        return not other.objects or any(name.name == schema for name in other.objects)
    return any(context.same(name, operation.function) for name in other.objects)
