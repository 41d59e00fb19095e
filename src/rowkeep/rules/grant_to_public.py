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

from rowkeep.domain.act import Grant, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="S300",
    promise=Promise.SECURITY,
    severity=Severity.ERROR,
    peers=("safe-migrate:overbroad-grant", "pg-schema-diff:AUTHZ_UPDATE"),
)

_FROM_THE_START = {"EXECUTE", "USAGE", "CONNECT", "TEMP", "TEMPORARY"}
_READS = {"SELECT", "USAGE"}


@RULE.on(Grant)
def check(act: Grant, context: Context) -> Iterator[Fault]:
    """PUBLIC among those who are given something."""
    if not act.is_grant or all(role.name != "public" for role in act.to):
        return
    rights = set(act.privileges)
    known = rights <= _FROM_THE_START and act.kind not in (ObjectKind.SCHEMA, ObjectKind.SEQUENCE)
    what = what_is_granted(act)
    yield Fault(
        act.span,
        f"every role may {', '.join(act.privileges)} {what}",
        f"GRANT {', '.join(act.privileges)} ON … TO …; (the one role that needs it)",
        doubtful=rights <= _READS,
        faint=known,
    )


def what_is_granted(act: Grant) -> str:
    """The objects of a GRANT in words."""
    names = ", ".join(str(name) for name in act.objects)
    if act.is_default:
        return f"on every {act.kind.value} to come" + (f" in {names}" if names else "")
    if act.all_in_schema:
        return f"on every {act.kind.value} in {names}"
    return f"on {names}" if act.kind is ObjectKind.TABLE else f"on the {act.kind.value} {names}"
