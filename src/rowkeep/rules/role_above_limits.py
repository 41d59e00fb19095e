"""A role is made that no right can stop.

## When

`CREATE ROLE` or `ALTER ROLE` with `SUPERUSER`, `BYPASSRLS`, `CREATEROLE` or `REPLICATION`; with `CREATEDB` it is one
step softer.

## Harm

A superuser is asked for no right at all, `BYPASSRLS` sees the rows of everybody, `CREATEROLE` makes itself a member of
other roles, and `REPLICATION` copies the whole server. Whoever finds that password has the database.

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

from rowkeep.domain.act import Role
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="S304",
    promise=Promise.SECURITY,
    severity=Severity.ERROR,
    peers=("squawk:ban-alter-role-options",),
)

_POWERS = {
    "superuser": ("SUPERUSER", "may do everything"),
    "bypassrls": ("BYPASSRLS", "sees the rows of everybody, whatever the policies say"),
    "createrole": ("CREATEROLE", "may change roles, and their passwords"),
    "isreplication": ("REPLICATION", "may copy the whole server"),
    "createdb": ("CREATEDB", "may make databases"),
}


@RULE.on(Role)
def check(act: Role, context: Context) -> Iterator[Fault]:
    """An option that opens more than one database's tables."""
    options = dict(act.options)
    for option, (word, does) in _POWERS.items():
        if options.get(option) == "true":
            message = f"{act.role} {does} ({word})"
            yield Fault(act.span, message, f"ALTER ROLE {act.role} NO{word};", doubtful=option == "createdb")
