"""A role gets power over the whole server.

## When

`CREATE ROLE` or `ALTER ROLE` with `SUPERUSER`, `BYPASSRLS`, `CREATEROLE` or `REPLICATION`; with `CREATEDB` it is one
step softer.

## Harm

PostgreSQL checks no right of a superuser, `BYPASSRLS` sees the rows of everybody, `CREATEROLE` makes itself a member
of other roles, and `REPLICATION` copies the whole server. Whoever finds that password has the database.

## Given

```sql
CREATE ROLE shop_app;
```

## Unsafe

```sql
ALTER ROLE shop_app SUPERUSER;
```

```sql
CREATE ROLE reports LOGIN BYPASSRLS;
```

## Safe

```sql
ALTER ROLE shop_app CONNECTION LIMIT 20;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import Role

RULE = Rule(
    __name__,
    code="S304",
    category=Category.SECURITY,
    severity=Severity.ERROR,
    peers=("squawk:ban-alter-role-options",),
)

_POWERS = {
    "superuser": ("SUPERUSER", "may do everything"),
    "bypassrls": ("BYPASSRLS", "sees the rows of everybody, whatever the policies say"),
    "createrole": ("CREATEROLE", "may change roles, and their passwords"),
    "isreplication": ("REPLICATION", "may copy the whole server"),
    "createdb": ("CREATEDB", "may create databases"),
}


@RULE.on(Role)
def check(operation: Role, context: Context) -> Iterator[Violation]:
    """An option that reaches beyond the tables of one database."""
    options = dict(operation.options)
    for option, (word, does) in _POWERS.items():
        if options.get(option) == "true":
            message = f"{operation.role} {does} ({word})"
            yield Violation(
                operation.span, message, f"ALTER ROLE {operation.role} NO{word};", doubtful=option == "createdb"
            )
