"""A table that autovacuum leaves alone grows until its queries crawl.

## When

`autovacuum_enabled` is set to false on a table that was there before, and the same migration does not set it back.

## Harm

Dead rows stay where they are: the table and its indexes grow with every UPDATE and DELETE, its statistics grow old,
and queries that were quick read more and more. When transaction ids run out PostgreSQL vacuums it in spite of the
setting, all at once, and at the worst time.

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

from rowkeep.domain.act import AlterTable
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(__name__, code="L330", promise=Promise.LOCK, severity=Severity.WARNING)
_SWITCHES = ("autovacuum_enabled", "toast.autovacuum_enabled")
_OFF = ("false", "off", "no", "0")


@RULE.on(AlterTable)
def check(act: AlterTable, context: Context) -> Iterator[Fault]:
    """SET (autovacuum_enabled = false) that stays."""
    if act.action != "SetRelOptions" or context.is_new(act.table):
        return
    for name, value in act.options:
        toast = name.startswith("toast.")
        if name in _SWITCHES and value.lower() in _OFF and not _is_set_back(act, name, context):
            yield Fault(
                act.span,
                f"nothing cleans {'the long values (TOAST) of ' if toast else ''}{act.table} up any more, and "
                f"{'they grow' if toast else 'it grows'} until its queries stall",
                f"ALTER TABLE {act.table} SET ({'toast.' if toast else ''}autovacuum_vacuum_scale_factor = 0.02);",
            )


def _is_set_back(act: AlterTable, name: str, context: Context) -> bool:
    """Whether a later statement of the migration gives the option another value, or takes it away."""
    return any(
        isinstance(later, AlterTable)
        and later.action in ("SetRelOptions", "ResetRelOptions")
        and context.same(later.table, act.table)
        and any(other == name and value.lower() not in _OFF for other, value in later.options)
        for later in context.later(AlterTable)
    )
