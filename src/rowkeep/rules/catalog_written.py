"""The catalog is written by hand.

## When

`INSERT`, `UPDATE`, `DELETE`, `MERGE`, `COPY FROM`, `TRUNCATE` or `ALTER TABLE` of a relation of PostgreSQL's own
(`pg_attribute`, `pg_enum`, everything in `information_schema`); or `allow_system_table_mods` is switched on. `UPDATE
pg_settings` only sets a variable and is no finding.

## Harm

PostgreSQL believes its catalog. A row too few or too many there makes tables unreadable, and no check, no lock and no
dependency is looked at on the way.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, note text NOT NULL);
```

## Unsafe

```sql
UPDATE pg_attribute SET attnotnull = false WHERE attrelid = 'orders'::regclass AND attname = 'note';
```

```sql
DELETE FROM pg_catalog.pg_enum WHERE enumlabel = 'obsolete';
```

## Safe

```sql
ALTER TABLE orders ALTER COLUMN note DROP NOT NULL;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import (
    Act,
    AlterTable,
    Copy,
    Delete,
    Insert,
    Merge,
    Name,
    SetVariable,
    Truncate,
    Update,
)
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule
from rowkeep.knowledge.catalogs import is_catalog

RULE = Rule(__name__, code="D304", promise=Promise.DATA, severity=Severity.ERROR)
_SETTINGS = "pg_settings"


@RULE.on(Insert)
@RULE.on(Update)
@RULE.on(Delete)
@RULE.on(Merge)
@RULE.on(Truncate)
@RULE.on(AlterTable)
def check(act: Insert | Update | Delete | Merge | Truncate | AlterTable, context: Context) -> Iterator[Fault]:
    """A change of one of PostgreSQL's own relations."""
    yield from _found(act, act.table, context)


@RULE.on(Copy)
def copy(act: Copy, context: Context) -> Iterator[Fault]:
    """COPY … FROM into one."""
    if act.is_from and act.table is not None:
        yield from _found(act, act.table, context)


def _found(act: Act, table: Name, context: Context) -> Iterator[Fault]:
    if is_catalog(table) and context.table(table) is None and table.name != _SETTINGS:
        repair = "the DDL statement for it (ALTER TABLE, ALTER TYPE, …), which PostgreSQL checks"
        yield Fault(act.span, f"writes to {table}, which is PostgreSQL's own, behind its back", repair)


@RULE.on(SetVariable)
def allow(act: SetVariable, context: Context) -> Iterator[Fault]:
    """SET allow_system_table_mods."""
    if act.name == "allow_system_table_mods" and (act.value or "").lower() in ("on", "true", "yes", "1"):
        yield Fault(act.span, "allows changes of PostgreSQL's own tables", "leave it off")
