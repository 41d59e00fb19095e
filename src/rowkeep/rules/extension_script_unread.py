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

from rowkeep.domain.act import AlterObject, CreateObject, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule
from rowkeep.knowledge.extensions import OWN, UNTRUSTED

RULE = Rule(
    __name__,
    code="C301",
    promise=Promise.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=("pg-schema-diff:UPGRADING_EXTENSION_VERSION", "squawk:ban-alter-extension"),
)


@RULE.on(AlterObject)
def updated(act: AlterObject, context: Context) -> Iterator[Fault]:
    """ALTER EXTENSION … UPDATE, ADD, DROP."""
    if act.kind is not ObjectKind.EXTENSION:
        return
    version = dict(act.options).get("new_version")
    does = f"runs the scripts that bring {act.name} to {version or 'whatever version the server has'}"
    message = does if act.action == "UPDATE" else f"changes what belongs to the extension {act.name}"
    yield Fault(act.span, message, "rehearse it on a copy of the database, and look at the locks")


@RULE.on(CreateObject)
def created(act: CreateObject, context: Context) -> Iterator[Fault]:
    """CREATE EXTENSION."""
    if act.kind is not ObjectKind.EXTENSION:
        return
    if act.name.name in UNTRUSTED:
        message = f"with {act.name} functions can do on the server whatever its own user can"
        yield Fault(act.span, message, f"CREATE EXTENSION {act.name.name.removesuffix('u')}; (the trusted one)")
    elif act.name.name not in OWN:
        message = f"runs the script of {act.name}, which does not come with PostgreSQL"
        yield Fault(act.span, message, "rehearse it on a copy of the database", faint=True)
