"""An object that moves to another schema is not found by the application that runs.

## When

`SET SCHEMA` of anything that was there before this migration. A schema with `retired` in its name says that nobody
uses the object, and is no finding; a view that takes the old place makes it a note.

## Harm

Queries that name the old schema fail, and so do those that name none, if the new schema is not in the application's
`search_path`.

## Given

```sql
CREATE SCHEMA shop;
CREATE TABLE settings (key text PRIMARY KEY);
```

## Unsafe

```sql
ALTER TABLE settings SET SCHEMA shop;
```

## Safe

Give the new name to a view first; when every version uses it, exchange them.

```sql
CREATE VIEW shop.settings AS SELECT key FROM settings;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import CreateView, ObjectKind, SetSchema
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="C203",
    promise=Promise.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=("squawk:ban-set-schema",),
    claims=(Claim("settings", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(SetSchema)
def check(act: SetSchema, context: Context) -> Iterator[Fault]:
    """A thing that somebody else may name."""
    if "retired" in act.schema.name or context.is_new(act.name) or context.has_made(act.kind, act.name):
        return
    stands_in = any(
        isinstance(later, CreateView) and context.same(later.view, act.name) for later in context.later(CreateView)
    )
    relation = act.kind in (ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW)
    repair = f"CREATE VIEW {act.schema}.{act.name.name} AS SELECT * FROM {act.name};" if relation else ""
    yield Fault(
        act.span,
        f"the running application no longer finds the {act.kind.value} {act.name} where it was",
        repair or f"keep {act.name}, and make another in {act.schema}",
        doubtful=context.is_doubtful(act.name),
        faint=stands_in,
    )
