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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CallFunction, CreateObject, ObjectKind, Role

RULE = Rule(__name__, code="S305", category=Category.SECURITY, severity=Severity.ERROR)
_WRITTEN = re.compile(r"\bpassword\s*=\s*[^\s'\"]|://[^\s:/@']+:[^\s@/']+@", re.IGNORECASE)


@RULE.on(Role)
def role(operation: Role, context: Context) -> Iterator[Violation]:
    """PASSWORD of a role."""
    kind = dict(operation.options).get("password", "")
    if kind:
        hint = f"\\password {operation.role} (in psql), or rowkeep roles apply"
        yield Violation(
            operation.span, f"the password of {operation.role} is written down here", hint, doubtful=kind == "hashed"
        )


@RULE.on(CreateObject)
def thing(operation: CreateObject, context: Context) -> Iterator[Violation]:
    """A user mapping's option, a subscription's connection string."""
    statement = context.statement
    written = operation.kind is ObjectKind.SUBSCRIPTION and statement is not None and _WRITTEN.search(statement.text)
    if written or (operation.kind is ObjectKind.USER_MAPPING and dict(operation.options).get("password")):
        yield Violation(
            operation.span,
            f"a password is written down here ({operation.kind.value} {operation.name})",
            "a passfile (~/.pgpass)",
        )


@RULE.on(CallFunction)
def call(operation: CallFunction, context: Context) -> Iterator[Violation]:
    """A connection string among the arguments."""
    name = operation.call.name.name
    if name.startswith("dblink") and any(_WRITTEN.search(each) for each in operation.call.arguments if each):
        yield Violation(
            operation.span, f"a password is written down here, in the call of {name}()", "CREATE SERVER, USER MAPPING"
        )
