"""A role gets more rights than an application uses.

## When

`GRANT ALL`, or `TRUNCATE`, `TRIGGER`, `REFERENCES` or `MAINTAIN` on tables, or anything `WITH GRANT OPTION`, to a role
other than PUBLIC (which has its own rule); also by `ALTER DEFAULT PRIVILEGES`. `ALL` on a sequence or a function is a
note.

## Harm

`ALL` includes `TRUNCATE`, which empties a table, and `TRIGGER`, by which a role runs its code in the sessions of
others. Whoever breaks into the application can do whatever its role can.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE ROLE shop_app;
```

## Unsafe

```sql
GRANT ALL ON ALL TABLES IN SCHEMA public TO shop_app;
```

```sql
GRANT SELECT, TRUNCATE ON orders TO shop_app;
```

## Safe

```sql
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO shop_app;
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
    code="S301",
    category=Category.SECURITY,
    severity=Severity.WARNING,
    peers=("safe-migrate:overbroad-grant", "pg-schema-diff:AUTHZ_UPDATE"),
)

_SHARP = {
    "TRUNCATE": "TRUNCATE empties a table",
    "TRIGGER": "TRIGGER runs code in the sessions of others",
    "REFERENCES": "REFERENCES lets it prevent rows from being deleted",
    "MAINTAIN": "MAINTAIN locks tables (VACUUM FULL, CLUSTER, REINDEX)",
    "ALL": "ALL includes TRUNCATE and TRIGGER",
}
_HINTS = {
    ObjectKind.TABLE: "GRANT SELECT, INSERT, UPDATE, DELETE ON <table>",
    ObjectKind.SCHEMA: "GRANT USAGE ON SCHEMA <schema>",
    ObjectKind.SEQUENCE: "GRANT USAGE ON SEQUENCE <sequence>",
    ObjectKind.DATABASE: "GRANT CONNECT ON DATABASE <database>",
}


@RULE.on(Grant)
def check(operation: Grant, context: Context) -> Iterator[Violation]:
    """Too much for a named role."""
    if not operation.is_grant or any(role.name == "public" for role in operation.to):
        return
    who = ", ".join(str(role) for role in operation.to)
    hint = f"{_HINTS.get(operation.kind, 'GRANT <rights> ON <table>')} TO {who};"
    found = [words for right, words in _SHARP.items() if right in operation.privileges]
    if operation.grant_option:
        yield Violation(operation.span, f"{who} may grant the rights to others", hint)
    elif found and operation.kind in (ObjectKind.TABLE, ObjectKind.FOREIGN_TABLE, ObjectKind.VIEW):
        yield Violation(operation.span, f"{who} may do more than read and write: {found[0]}", hint)
    elif "ALL" in operation.privileges:
        made = operation.kind in (ObjectKind.SCHEMA, ObjectKind.DATABASE)
        does = f"{who} may create objects in the {operation.kind.value}" if made else f"{who} gets every right"
        yield Violation(operation.span, does, hint, faint=not made)
