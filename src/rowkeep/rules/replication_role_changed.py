"""session_replication_role switches off foreign keys and triggers everywhere.

## When

`session_replication_role` is set to `replica`, by `SET`, `set_config()`, or for a role, a database or the whole
server.

## Harm

No ordinary trigger runs any more in such a session, and foreign keys are triggers: rows can refer to what is not
there, deleted rows leave orphans, audit tables have gaps. PostgreSQL never looks again.

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

Write in an order that the foreign keys take, or make them wait for the end of the transaction.

```sql
SET CONSTRAINTS ALL DEFERRED;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Act, AlterObject, AlterSystem, Role, SetVariable
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(__name__, code="D303", promise=Promise.DATA, severity=Severity.ERROR)
_VARIABLE, _VALUE = "session_replication_role", "replica"


@RULE.on(SetVariable)
def session(act: SetVariable, context: Context) -> Iterator[Fault]:
    """In this session."""
    if act.name == _VARIABLE:
        yield from _found(act, act.value, "in this session")


@RULE.on(Role)
def role(act: Role, context: Context) -> Iterator[Fault]:
    """In every session of a role."""
    if act.setting == _VARIABLE:
        yield from _found(act, act.value, f"in every session of {act.role}")


@RULE.on(AlterObject)
def database(act: AlterObject, context: Context) -> Iterator[Fault]:
    """In every session of a database."""
    if act.action == "SET":
        yield from _found(act, dict(act.options).get(_VARIABLE), f"in every session of {act.name}")


@RULE.on(AlterSystem)
def server(act: AlterSystem, context: Context) -> Iterator[Fault]:
    """Everywhere."""
    if act.name == _VARIABLE:
        yield from _found(act, act.value, "in every session of the server")


def _found(act: Act, value: str | None, where: str) -> Iterator[Fault]:
    if value is not None and value.lower() == _VALUE:
        yield Fault(
            act.span, f"no foreign key is checked and no trigger runs {where}", "SET CONSTRAINTS ALL DEFERRED;"
        )
