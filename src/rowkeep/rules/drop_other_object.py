"""An object is dropped that is defined only in the database.

## When

A foreign table, server, user mapping, language, operator, cast, text search configuration, collation or a similar
object is dropped that existed before this migration. Statistics objects are a note.

## Harm

Queries of the old version that need it fail, and its definition, such as the password of a user mapping, is stored
nowhere else.

## Given

```sql
-- needs file_fdw
CREATE EXTENSION file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
```

## Unsafe

```sql
-- needs file_fdw
DROP SERVER files;
```

## Safe

```sql
-- needs file_fdw
COMMENT ON SERVER files IS 'not used any more';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import DropObject, ObjectKind

RULE = Rule(
    __name__,
    code="D204",
    category=Category.DATA,
    severity=Severity.ERROR,
)
_KINDS = (
    ObjectKind.FOREIGN_TABLE,
    ObjectKind.SERVER,
    ObjectKind.USER_MAPPING,
    ObjectKind.LANGUAGE,
    ObjectKind.STATISTICS,
    ObjectKind.OTHER,
)
_COMMENTED = (ObjectKind.FOREIGN_TABLE, ObjectKind.SERVER, ObjectKind.LANGUAGE, ObjectKind.STATISTICS)


@RULE.on(DropObject)
def check(operation: DropObject, context: Context) -> Iterator[Violation]:
    """An object that no other rule covers."""
    if (
        operation.kind not in _KINDS
        or context.has_made(operation.kind, operation.name)
        or context.is_new(operation.name)
    ):
        return
    what = f"the {operation.kind.value} {operation.name}" if operation.name.name else "an object without a name"
    yield Violation(
        operation.span,
        f"drops {what}",
        f"COMMENT ON {operation.kind.value.upper()} {operation.name} IS 'not used any more';"
        if operation.kind in _COMMENTED
        else Sentence("leave it until nobody uses it"),
        faint=operation.kind is ObjectKind.STATISTICS,
    )
