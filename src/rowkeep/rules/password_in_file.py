"""A password stands in the migration.

## When

`CREATE ROLE` or `ALTER ROLE` with a `PASSWORD`, a user mapping with one, or a connection string with `password=` in
`CREATE SUBSCRIPTION` or a call of dblink. A hashed one (`SCRAM-SHA-256$…`) is one step softer.

## Harm

It lies in the repository and its history for ever, in the server's log, in `pg_stat_statements`, and in the ledger of
every tool that keeps what it ran. Every environment gets the same.

## Given

```sql
CREATE ROLE shop_app LOGIN;
```

## Unsafe

```sql
ALTER ROLE shop_app PASSWORD 'open sesame';
```

## Safe

Make the role here, and give it the password outside, for example with `\\password` of psql, or `rowkeep roles apply`.

```sql
ALTER ROLE shop_app VALID UNTIL '2030-01-01';
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rowkeep.domain.act import CallFunction, CreateObject, ObjectKind, Role
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(__name__, code="S305", promise=Promise.SECURITY, severity=Severity.ERROR)
_WRITTEN = re.compile(r"\bpassword\s*=\s*[^\s'\"]|://[^\s:/@']+:[^\s@/']+@", re.IGNORECASE)


@RULE.on(Role)
def role(act: Role, context: Context) -> Iterator[Fault]:
    """PASSWORD of a role."""
    kind = dict(act.options).get("password", "")
    if kind:
        repair = f"\\password {act.role} (in psql), or rowkeep roles apply"
        yield Fault(act.span, f"the password of {act.role} is written down here", repair, doubtful=kind == "hashed")


@RULE.on(CreateObject)
def thing(act: CreateObject, context: Context) -> Iterator[Fault]:
    """A user mapping's option, a subscription's connection string."""
    statement = context.statement
    written = act.kind is ObjectKind.SUBSCRIPTION and statement is not None and _WRITTEN.search(statement.text)
    if written or (act.kind is ObjectKind.USER_MAPPING and dict(act.options).get("password")):
        yield Fault(
            act.span, f"a password is written down here ({act.kind.value} {act.name})", "a passfile (~/.pgpass)"
        )


@RULE.on(CallFunction)
def call(act: CallFunction, context: Context) -> Iterator[Fault]:
    """A connection string among the arguments."""
    name = act.call.name.name
    if name.startswith("dblink") and any(_WRITTEN.search(each) for each in act.call.arguments if each):
        yield Fault(
            act.span, f"a password is written down here, in the call of {name}()", "CREATE SERVER, USER MAPPING"
        )
