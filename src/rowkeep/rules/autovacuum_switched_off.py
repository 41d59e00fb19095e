"""A table without autovacuum grows until its queries are slow.

## When

`autovacuum_enabled` is set to false on a table that existed before, and the same migration does not set it back.

## Harm

Nothing removes dead rows: the table and its indexes grow with every UPDATE and DELETE, its statistics get old, and
queries read more and more. When transaction IDs run out, PostgreSQL vacuums the table in spite of the setting, all at
once and at the worst time.

## Given

```sql
CREATE TABLE events (id bigint PRIMARY KEY, what text);
```

## Unsafe

```sql
ALTER TABLE events SET (autovacuum_enabled = false);
```

## Safe

```sql
ALTER TABLE events SET (autovacuum_vacuum_scale_factor = 0.02);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AlterTable

RULE = Rule(__name__, code="L330", category=Category.LOCK, severity=Severity.WARNING)
_SWITCHES = ("autovacuum_enabled", "toast.autovacuum_enabled")
_OFF = ("false", "off", "no", "0")


@RULE.on(AlterTable)
def check(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """SET (autovacuum_enabled = false) that stays."""
    if operation.action != "SetRelOptions" or context.is_new(operation.table):
        return
    for name, value in operation.options:
        toast = name.startswith("toast.")
        if name in _SWITCHES and value.lower() in _OFF and not _is_set_back(operation, name, context):
            yield Violation(
                operation.span,
                f"nothing vacuums {'the long values (TOAST) of ' if toast else ''}{operation.table} any more, and "
                f"{'they grow' if toast else 'it grows'} until its queries are slow",
                f"ALTER TABLE {operation.table} SET "
                f"({'toast.' if toast else ''}autovacuum_vacuum_scale_factor = 0.02);",
            )


def _is_set_back(operation: AlterTable, name: str, context: Context) -> bool:
    """Whether a later statement of the migration changes or resets the option."""
    return any(
        isinstance(later, AlterTable)
        and later.action in ("SetRelOptions", "ResetRelOptions")
        and context.same(later.table, operation.table)
        and any(other == name and value.lower() not in _OFF for other, value in later.options)
        for later in context.later(AlterTable)
    )
