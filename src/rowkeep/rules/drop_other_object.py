"""An object is dropped that only the database holds.

## When

A foreign table, server, user mapping, language, operator, cast, text search configuration, collation or another such
object is dropped that was there before this migration. Statistics objects are a note.

## Harm

Queries of the old version that need it fail, and what it was made of, like the password of a user mapping, stands
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

from rowkeep.domain.act import DropObject, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="D204",
    promise=Promise.DATA,
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


@RULE.on(DropObject)
def check(act: DropObject, context: Context) -> Iterator[Fault]:
    """A thing of which no other rule speaks."""
    if act.kind not in _KINDS or context.has_made(act.kind, act.name) or context.is_new(act.name):
        return
    what = f"the {act.kind.value} {act.name}" if act.name.name else "an object without a name"
    yield Fault(
        act.span,
        f"drops {what}",
        f"COMMENT ON … {act.name} IS 'not used any more';",
        faint=act.kind is ObjectKind.STATISTICS,
    )
