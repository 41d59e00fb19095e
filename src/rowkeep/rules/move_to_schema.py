"""The running application no longer finds an object that moves to another schema.

## When

`SET SCHEMA` of anything that existed before this migration. A schema with `retired` in its name says that nobody uses
the object, and is not a finding. If a view takes the old place, it is a note.

## Harm

Queries that name the old schema fail. So do queries that name no schema, if the new one is not in the application's
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

Create a view with the new name first. When every version uses it, exchange the two.

```sql
CREATE VIEW shop.settings AS SELECT key FROM settings;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import CreateView, ObjectKind, SetSchema

RULE = Rule(
    __name__,
    code="C203",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=("squawk:ban-set-schema",),
    claims=(LockClaim("settings", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(SetSchema)
def check(operation: SetSchema, context: Context) -> Iterator[Violation]:
    """An object that somebody else may name."""
    if (
        "retired" in operation.schema.name
        or context.is_new(operation.name)
        or context.has_made(operation.kind, operation.name)
    ):
        return
    stands_in = any(
        isinstance(later, CreateView) and context.same(later.view, operation.name)
        for later in context.later(CreateView)
    )
    relation = operation.kind in (ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW)
    hint = (
        f"CREATE VIEW {operation.schema}.{operation.name.name} AS SELECT * FROM {operation.name};" if relation else ""
    )
    yield Violation(
        operation.span,
        f"the running application no longer finds the {operation.kind.value} {operation.name} where it was",
        hint or Sentence(f"keep {operation.name}, and create another one in {operation.schema}"),
        doubtful=context.is_doubtful(operation.name),
        faint=stands_in,
    )
