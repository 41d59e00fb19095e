"""A renamed schema, type, view, function or enum value is not found by the application that runs.

## When

Anything that queries name, other than a table or a column, is renamed, unless this migration has made it. Where
something else takes the old name later in the migration, it is a note; so is a sequence, which few name. Indexes,
constraints, triggers and policies can be renamed freely.

## Harm

Between the commit and the last restart, every query of the old version that uses the old name fails. A renamed schema
takes all names in it along; a renamed enum value fails where the application sends it.

## Given

```sql
CREATE SCHEMA billing;
CREATE TABLE billing.invoices (id bigint PRIMARY KEY);
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 1';
```

## Unsafe

```sql
ALTER SCHEMA billing RENAME TO accounting;
```

```sql
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
```

```sql
ALTER FUNCTION total() RENAME TO sum_total;
```

## Safe

Keep the old name beside the new one until nobody uses it.

```sql
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'blue' BEFORE 'sad';
-- next migration
CREATE OR REPLACE FUNCTION sum_total() RETURNS int LANGUAGE sql AS 'SELECT 1';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Act, CreateEnum, CreateObject, CreateView, ObjectKind, Rename
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="C202",
    promise=Promise.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:renaming-object",
        "strong_migrations:rename_schema",
        "strong_migrations:rename_enum_value",
        "pgfence:rename-schema",
    ),
)
_NAMED = frozenset(
    {
        ObjectKind.SCHEMA,
        ObjectKind.DATABASE,
        ObjectKind.ROLE,
        ObjectKind.VIEW,
        ObjectKind.MATERIALIZED_VIEW,
        ObjectKind.SEQUENCE,
        ObjectKind.FUNCTION,
        ObjectKind.PROCEDURE,
        ObjectKind.ROUTINE,
        ObjectKind.AGGREGATE,
        ObjectKind.TYPE,
        ObjectKind.DOMAIN,
        ObjectKind.ATTRIBUTE,
        ObjectKind.ENUM_VALUE,
        ObjectKind.PUBLICATION,
        ObjectKind.SUBSCRIPTION,
        ObjectKind.SERVER,
    }
)


@RULE.on(Rename)
def check(act: Rename, context: Context) -> Iterator[Fault]:
    """A thing that somebody else may name."""
    if act.kind not in _NAMED or "retired" in act.new_name.name:
        return
    made = context.has_made(act.kind, act.name, act.part) or context.has_made(act.kind, act.name)
    if made or (act.part is not None and context.has_made(ObjectKind.TYPE, act.name)) or context.is_new(act.name):
        return
    faint = act.kind is ObjectKind.SEQUENCE or any(
        _takes_name(later, act, context) for later in context.later(CreateView, CreateEnum, CreateObject, Rename)
    )
    what = f"{act.kind.value} {act.name}" if act.part is None else f"{act.kind.value} {act.part} of {act.name}"
    yield Fault(
        act.span,
        f"the running application no longer finds the {what}",
        f"keep the {what}, and make {act.new_name} beside it",
        faint=faint,
    )


def _takes_name(later: Act, act: Rename, context: Context) -> bool:
    """Whether another thing of the kind gets the old name."""
    match later:
        case CreateView(view=name) | CreateEnum(type=name):
            return context.same(name, act.name)
        case CreateObject(kind=kind, name=name):
            return kind is act.kind and context.same(name, act.name)
        case Rename(kind=kind, part=None, new_name=name):
            return kind is act.kind and name.name == act.name.name
    return False
