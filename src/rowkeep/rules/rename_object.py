"""The running application no longer finds a renamed schema, type, view, function or enum value.

## When

Anything that queries name, other than a table or a column, is renamed, unless this migration has created it. It is a
note where something else takes the old name later in the migration, and for a sequence, which few queries name.
Indexes, constraints, triggers and policies can be renamed freely.

## Harm

Between the commit and the last restart, every query of the old version that uses the old name fails. A renamed schema
changes all names in it; a renamed enum value fails where the application sends it.

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
-- in the next migration:
CREATE OR REPLACE FUNCTION sum_total() RETURNS int LANGUAGE sql AS 'SELECT 1';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CreateEnum, CreateObject, CreateView, ObjectKind, Operation, Rename

RULE = Rule(
    __name__,
    code="C202",
    category=Category.COMPATIBILITY,
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
def check(operation: Rename, context: Context) -> Iterator[Violation]:
    """An object that somebody else may name."""
    if operation.kind not in _NAMED or "retired" in operation.new_name.name:
        return
    made = context.has_made(operation.kind, operation.name, operation.part) or context.has_made(
        operation.kind, operation.name
    )
    if (
        made
        or (operation.part is not None and context.has_made(ObjectKind.TYPE, operation.name))
        or context.is_new(operation.name)
    ):
        return
    faint = operation.kind is ObjectKind.SEQUENCE or any(
        _takes_name(later, operation, context) for later in context.later(CreateView, CreateEnum, CreateObject, Rename)
    )
    what = (
        f"{operation.kind.value} {operation.name}"
        if operation.part is None
        else f"{operation.kind.value} {operation.part} of {operation.name}"
    )
    yield Violation(
        operation.span,
        f"the running application no longer finds the {what}",
        Sentence(f"keep the {what}, and create {operation.new_name} beside it"),
        faint=faint,
    )


def _takes_name(later: Operation, operation: Rename, context: Context) -> bool:
    """Whether another object of the kind gets the old name."""
    match later:
        case CreateView(view=name) | CreateEnum(type=name):
            return context.same(name, operation.name)
        case CreateObject(kind=kind, name=name):
            return kind is operation.kind and context.same(name, operation.name)
        case Rename(kind=kind, part=None, new_name=name):
            return kind is operation.kind and name.name == operation.name.name
    return False
