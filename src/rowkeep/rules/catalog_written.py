"""The migration writes to the system catalog.

## When

`INSERT`, `UPDATE`, `DELETE`, `MERGE`, `COPY FROM`, `TRUNCATE` or `ALTER TABLE` on a relation of PostgreSQL's own
(`pg_attribute`, `pg_enum`, everything in `information_schema`); or `allow_system_table_mods` is switched on. `UPDATE
pg_settings` only sets a variable and is not a finding.

## Harm

PostgreSQL trusts its catalog. One row too few or too many makes tables unreadable, and such a statement skips all
checks, locks and dependencies.

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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import (
    AlterTable,
    Copy,
    Delete,
    Insert,
    Merge,
    Name,
    Operation,
    SetVariable,
    Truncate,
    Update,
)
from rowkeep.knowledge.catalogs import is_catalog

RULE = Rule(__name__, code="D304", category=Category.DATA, severity=Severity.ERROR)
_SETTINGS = "pg_settings"


@RULE.on(Insert)
@RULE.on(Update)
@RULE.on(Delete)
@RULE.on(Merge)
@RULE.on(Truncate)
@RULE.on(AlterTable)
def check(
    operation: Insert | Update | Delete | Merge | Truncate | AlterTable, context: Context
) -> Iterator[Violation]:
    """A change of one of PostgreSQL's own relations."""
    yield from _check_table(operation, operation.table, context)


@RULE.on(Copy)
def check_copy(operation: Copy, context: Context) -> Iterator[Violation]:
    """COPY … FROM into one."""
    if operation.is_from and operation.table is not None:
        yield from _check_table(operation, operation.table, context)


def _check_table(operation: Operation, table: Name, context: Context) -> Iterator[Violation]:
    if is_catalog(table) and context.table(table) is None and table.name != _SETTINGS:
        hint = Sentence("use the DDL statement for it (ALTER TABLE, ALTER TYPE and so on), which PostgreSQL checks")
        yield Violation(operation.span, f"writes to {table}, which belongs to PostgreSQL's own catalog", hint)


@RULE.on(SetVariable)
def check_setting(operation: SetVariable, context: Context) -> Iterator[Violation]:
    """SET allow_system_table_mods."""
    if operation.name == "allow_system_table_mods" and (operation.value or "").lower() in ("on", "true", "yes", "1"):
        yield Violation(operation.span, "allows changes of PostgreSQL's own tables", Sentence("leave it off"))
