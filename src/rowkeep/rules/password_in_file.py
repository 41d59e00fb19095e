"""The migration contains a password.

## When

`CREATE ROLE` or `ALTER ROLE` with a `PASSWORD`, a user mapping with one, or a connection string with `password=` in
`CREATE SUBSCRIPTION` or a call of dblink. A hashed password (`SCRAM-SHA-256$…`) is one step softer.

## Harm

It stays in the repository and its history forever, in the server's log, in `pg_stat_statements`, and in the ledger of
every tool that records what it ran. Every environment gets the same password.

## Given

```sql
CREATE ROLE shop_app LOGIN;
```

## Unsafe

```sql
ALTER ROLE shop_app PASSWORD 'open sesame';
```

## Safe

Create the role here, and set its password outside, for example with `\\password` in psql, or with `rowkeep roles
apply`.

```sql
ALTER ROLE shop_app VALID UNTIL '2030-01-01';
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CallFunction, CreateObject, ObjectKind, Role

RULE = Rule(__name__, code="S305", category=Category.SECURITY, severity=Severity.ERROR)
_WRITTEN = compile_later(r"\bpassword\s*=\s*[^\s'\"]|://[^\s:/@']+:[^\s@/']+@", re.IGNORECASE)


@RULE.on(Role)
def check_role(operation: Role, context: Context) -> Iterator[Violation]:
    """PASSWORD of a role."""
    kind = dict(operation.options).get("password", "")
    if kind:
        hint = Sentence(f"set it with \\password {operation.role} in psql, or with rowkeep roles apply")
        yield Violation(
            operation.span, f"the file contains the password of {operation.role}", hint, doubtful=kind == "hashed"
        )


@RULE.on(CreateObject)
def check_object(operation: CreateObject, context: Context) -> Iterator[Violation]:
    """A user mapping's option, a subscription's connection string."""
    statement = context.statement
    written = operation.kind is ObjectKind.SUBSCRIPTION and statement is not None and _WRITTEN.search(statement.text)
    if written or (operation.kind is ObjectKind.USER_MAPPING and dict(operation.options).get("password")):
        yield Violation(
            operation.span,
            f"the file contains a password ({operation.kind.value} {operation.name})",
            Sentence("put it into a password file (~/.pgpass)"),
        )


@RULE.on(CallFunction)
def check_call(operation: CallFunction, context: Context) -> Iterator[Violation]:
    """A connection string among the arguments."""
    name = operation.call.name.name
    if name.startswith("dblink") and any(
        _WRITTEN.search(argument) for argument in operation.call.arguments if argument
    ):
        yield Violation(
            operation.span,
            f"the file contains a password, in the call of {name}()",
            Sentence("use CREATE SERVER and CREATE USER MAPPING, and set the password outside"),
        )
