"""An extension's script runs SQL that nobody here has read.

## When

`ALTER EXTENSION … UPDATE`; or `CREATE EXTENSION` of one that does not come with PostgreSQL, which is a note. An
extension of PostgreSQL's own is no finding when it is created, except for languages in which functions can do
everything that the server can (`plpython3u`, `plperlu`, `pltclu`).

## Harm

The script may do anything to any object: rebuild indexes, change the type of columns, lock tables. Which version there
is to update to, and what it does, depends on the packages of the server on that day.

## Given

```sql
-- needs pg_trgm
CREATE EXTENSION IF NOT EXISTS pg_trgm;
```

## Unsafe

```sql
ALTER EXTENSION pg_trgm UPDATE;
```

## Safe

```sql
-- needs pg_trgm
CREATE EXTENSION IF NOT EXISTS pg_trgm;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AlterObject, CreateObject, ObjectKind
from rowkeep.knowledge.extensions import OWN, UNTRUSTED

RULE = Rule(
    __name__,
    code="C301",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=("pg-schema-diff:UPGRADING_EXTENSION_VERSION", "squawk:ban-alter-extension"),
)


@RULE.on(AlterObject)
def updated(operation: AlterObject, context: Context) -> Iterator[Violation]:
    """ALTER EXTENSION … UPDATE, ADD, DROP."""
    if operation.kind is not ObjectKind.EXTENSION:
        return
    version = dict(operation.options).get("new_version")
    does = f"runs the scripts that bring {operation.name} to {version or 'whatever version the server has'}"
    message = does if operation.action == "UPDATE" else f"changes what belongs to the extension {operation.name}"
    yield Violation(operation.span, message, "rehearse it on a copy of the database, and look at the locks")


@RULE.on(CreateObject)
def created(operation: CreateObject, context: Context) -> Iterator[Violation]:
    """CREATE EXTENSION."""
    if operation.kind is not ObjectKind.EXTENSION:
        return
    if operation.name.name in UNTRUSTED:
        message = f"with {operation.name} functions can do on the server whatever its own user can"
        yield Violation(
            operation.span, message, f"CREATE EXTENSION {operation.name.name.removesuffix('u')}; (the trusted one)"
        )
    elif operation.name.name not in OWN:
        message = f"runs the script of {operation.name}, which does not come with PostgreSQL"
        yield Violation(operation.span, message, "rehearse it on a copy of the database", faint=True)
