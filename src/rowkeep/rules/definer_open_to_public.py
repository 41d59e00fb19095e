"""Everybody may call a SECURITY DEFINER function.

## When

A function is made with `SECURITY DEFINER`, and nothing behind it in the migration takes `EXECUTE` from PUBLIC. A
function that only a trigger can call is no finding; one that is replaced keeps its rights, and is a note.

## Harm

PostgreSQL gives `EXECUTE` on every new function to PUBLIC: any role that can connect runs it with the rights of its
owner.

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

from rowkeep.domain.act import Act, CreateFunction, Grant, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(__name__, code="S307", promise=Promise.SECURITY, severity=Severity.WARNING)
_ROUTINES = (ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE)
_OF_TRIGGERS = ("trigger", "event_trigger")


@RULE.on(CreateFunction)
def check(act: CreateFunction, context: Context) -> Iterator[Fault]:
    """A function that anybody can call."""
    if not act.security_definer or act.returns in _OF_TRIGGERS or act.function.schema == "pg_temp":
        return
    if any(_takes(each, act, context) for each in context.acts):
        return
    kind = "PROCEDURE" if act.is_procedure else "FUNCTION"
    yield Fault(
        act.span,
        f"every role may call {act.function}, which runs with the rights of its owner",
        f"REVOKE ALL ON {kind} {act.function} FROM PUBLIC;",
        faint=act.replace,
    )


def _takes(each: Act, act: CreateFunction, context: Context) -> bool:
    """Whether a REVOKE takes the function, all of its schema, or all functions to come, from PUBLIC."""
    if not isinstance(each, Grant) or each.is_grant or each.kind not in _ROUTINES:
        return False
    if all(role.name != "public" for role in each.to):
        return False
    schema = context.key(act.function)[0]
    if each.is_default or each.all_in_schema:
        return not each.objects or any(name.name == schema for name in each.objects)
    return any(context.same(name, act.function) for name in each.objects)
