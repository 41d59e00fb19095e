"""Rights are given to everybody.

## When

`GRANT … TO PUBLIC`, also by `ALTER DEFAULT PRIVILEGES`. Reading, and `USAGE` of a schema, is one step softer; what
PUBLIC has from the start (`EXECUTE` of functions, `USAGE` of types, `CONNECT`) is a note.

## Harm

PUBLIC is every role that there is and that there will be: the application, a report tool, whoever finds a password.
`CREATE` in a schema lets everybody plant functions and tables that others then call by their bare name.

## Given

```sql
CREATE TABLE payments (id bigint PRIMARY KEY);
CREATE ROLE shop_reports;
```

## Unsafe

```sql
GRANT ALL ON payments TO PUBLIC;
```

```sql
GRANT CREATE ON SCHEMA public TO PUBLIC;
```

```sql
ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT ON TABLES TO PUBLIC;
```

## Safe

```sql
GRANT SELECT ON payments TO shop_reports;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import Grant, ObjectKind

RULE = Rule(
    __name__,
    code="S300",
    category=Category.SECURITY,
    severity=Severity.ERROR,
    peers=("safe-migrate:overbroad-grant", "pg-schema-diff:AUTHZ_UPDATE"),
)

_FROM_THE_START = {"EXECUTE", "USAGE", "CONNECT", "TEMP", "TEMPORARY"}
_READS = {"SELECT", "USAGE"}


@RULE.on(Grant)
def check(operation: Grant, context: Context) -> Iterator[Violation]:
    """PUBLIC among those who are given something."""
    if not operation.is_grant or all(role.name != "public" for role in operation.to):
        return
    rights = set(operation.privileges)
    known = rights <= _FROM_THE_START and operation.kind not in (ObjectKind.SCHEMA, ObjectKind.SEQUENCE)
    what = what_is_granted(operation)
    yield Violation(
        operation.span,
        f"every role may {', '.join(operation.privileges)} {what}",
        f"GRANT {', '.join(operation.privileges)} ON … TO …; (the one role that needs it)",
        doubtful=rights <= _READS,
        faint=known,
    )


def what_is_granted(operation: Grant) -> str:
    """The objects of a GRANT in words."""
    names = ", ".join(str(name) for name in operation.objects)
    if operation.is_default:
        return f"on every {operation.kind.value} to come" + (f" in {names}" if names else "")
    if operation.all_in_schema:
        return f"on every {operation.kind.value} in {names}"
    return f"on {names}" if operation.kind is ObjectKind.TABLE else f"on the {operation.kind.value} {names}"
