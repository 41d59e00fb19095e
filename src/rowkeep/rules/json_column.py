"""A json column: queries that compare whole rows fail, as json has no equality.

## When

A table that was there before this migration gets a column of type `json`, or one of its columns becomes `json`.

## Harm

`SELECT DISTINCT *`, `GROUP BY`, `UNION` and `t1.* = t2.*` of the running application fail from then on: could not
identify an equality operator for type json (SQLSTATE 42883).

## Given

```sql
CREATE TABLE products (id bigint PRIMARY KEY, title text);
```

## Unsafe

```sql
ALTER TABLE products ADD COLUMN IF NOT EXISTS attributes json;
```

## Safe

```sql
ALTER TABLE products ADD COLUMN IF NOT EXISTS attributes jsonb;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AddColumn, ChangeType, Name, TypeName
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="C109",
    promise=Promise.COMPATIBILITY,
    severity=Severity.WARNING,
    peers=(
        "strong_migrations:add_column_json",
        "online_migrations:add_column_json",
        "eugene:E3",
        "pgfence:add-column-json",
        "pgls:preferJsonb",
    ),
)


@RULE.on(AddColumn)
def check(act: AddColumn, context: Context) -> Iterator[Fault]:
    """A new column."""
    if context.adds_to_known(act) and _is_json(act.column.type):
        repair = f"ALTER TABLE {act.table} ADD COLUMN {act.column.name} jsonb;"
        yield _fault(act, act.table, act.column.name, repair, context)


@RULE.on(ChangeType)
def check_type(act: ChangeType, context: Context) -> Iterator[Fault]:
    """An old column."""
    before = context.column(act.table, act.column)
    if context.is_new(act.table) or not _is_json(act.type) or (before is not None and _is_json(before.type)):
        return
    yield _fault(act, act.table, act.column, "jsonb in the place of json", context)


def _is_json(kind: TypeName | None) -> bool:
    return kind is not None and kind.name == "json" and not kind.is_array


def _fault(act: AddColumn | ChangeType, table: Name, column: Name, repair: str, context: Context) -> Fault:
    message = f"{column} makes rows of {table} incomparable: SELECT DISTINCT, GROUP BY and UNION over it fail"
    return Fault(act.span, message, repair, doubtful=context.is_doubtful(table))
