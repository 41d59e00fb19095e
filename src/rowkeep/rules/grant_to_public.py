"""Rights are granted to every role.

## When

`GRANT … TO PUBLIC`, also by `ALTER DEFAULT PRIVILEGES`. Reading, and `USAGE` of a schema, is one step softer; what
PUBLIC has by default (`EXECUTE` of functions, `USAGE` of types, `CONNECT`) is a note.

## Harm

PUBLIC is every role that exists and every role to come: the application, a report tool, whoever finds a password.
`CREATE` in a schema lets every role plant functions and tables that others then call by their bare name.

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
from rowkeep.domain.lint.hint import Sentence
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
_SIMPLE = (ObjectKind.TABLE, ObjectKind.SCHEMA, ObjectKind.SEQUENCE, ObjectKind.DATABASE)


@RULE.on(Grant)
def check(operation: Grant, context: Context) -> Iterator[Violation]:
    """PUBLIC among the roles that get rights."""
    if not operation.is_grant or all(role.name != "public" for role in operation.to):
        return
    rights = set(operation.privileges)
    known = rights <= _FROM_THE_START and operation.kind not in (ObjectKind.SCHEMA, ObjectKind.SEQUENCE)
    what = _describe_objects(operation)
    yield Violation(
        operation.span,
        f"grants {', '.join(operation.privileges)} {what} to every role",
        _write_hint(operation),
        doubtful=rights <= _READS,
        faint=known,
    )


def _write_hint(operation: Grant) -> str:
    if operation.is_default or operation.all_in_schema or operation.kind not in _SIMPLE:
        return Sentence("grant it only to the role that needs it")
    names = ", ".join(str(name) for name in operation.objects)
    kind = "" if operation.kind is ObjectKind.TABLE else f"{operation.kind.value.upper()} "
    rights = "ALL" if "ALL" in operation.privileges else ", ".join(operation.privileges)
    return f"GRANT {rights} ON {kind}{names} TO <role>;"


def _describe_objects(operation: Grant) -> str:
    """Name the objects of a GRANT."""
    names = ", ".join(str(name) for name in operation.objects)
    if operation.is_default:
        return f"on every future {operation.kind.value}" + (f" in {names}" if names else "")
    if operation.all_in_schema:
        return f"on every {operation.kind.value} in {names}"
    return f"on {names}" if operation.kind is ObjectKind.TABLE else f"on the {operation.kind.value} {names}"
