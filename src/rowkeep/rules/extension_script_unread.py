"""An extension's script runs SQL that nobody has checked here.

## When

`ALTER EXTENSION … UPDATE`; or `CREATE EXTENSION` of an extension that does not come with PostgreSQL, which is a note.
PostgreSQL's own extensions are not findings when they are created, except for languages in which functions can do
everything that the server can (`plpython3u`, `plperlu`, `pltclu`).

## Harm

The script may do anything to any object: rebuild indexes, change column types, lock tables. Which version it updates
to, and what that does, depends on the packages of the server on that day.

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
from rowkeep.domain.lint.hint import Sentence
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
_WITH_TRUSTED = ("plperlu", "pltclu")


@RULE.on(AlterObject)
def check_alter(operation: AlterObject, context: Context) -> Iterator[Violation]:
    """ALTER EXTENSION … UPDATE, ADD, DROP."""
    if operation.kind is not ObjectKind.EXTENSION:
        return
    version = dict(operation.options).get("new_version")
    does = f"runs the scripts that update {operation.name} to {version or 'whatever version the server has'}"
    message = does if operation.action == "UPDATE" else f"changes what belongs to the extension {operation.name}"
    hint = Sentence("rehearse it on a copy of the database, and look at the locks")
    yield Violation(operation.span, message, hint)


@RULE.on(CreateObject)
def check_create(operation: CreateObject, context: Context) -> Iterator[Violation]:
    """CREATE EXTENSION."""
    if operation.kind is not ObjectKind.EXTENSION:
        return
    if operation.name.name in UNTRUSTED:
        message = f"with {operation.name} functions can do on the server whatever its own user can"
        yield Violation(
            operation.span,
            message,
            f"CREATE EXTENSION IF NOT EXISTS {operation.name.name.removesuffix('u')};"
            if operation.name.name in _WITH_TRUSTED
            else Sentence("use PL/pgSQL or SQL"),
        )
    elif operation.name.name not in OWN:
        message = f"runs the script of {operation.name}, which does not come with PostgreSQL"
        yield Violation(operation.span, message, Sentence("rehearse it on a copy of the database"), faint=True)
