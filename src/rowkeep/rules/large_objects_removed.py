"""Large objects are deleted or overwritten.

## When

The migration calls `lo_unlink()`, `lo_truncate()`, `lo_put()` or `lowrite()`. The last two, which change a part of an
object, are one step softer.

## Harm

The bytes are gone when the migration commits. No table shows that an object is used: a column with its number stays,
and refers to nothing.

## Given

```sql
CREATE TABLE pictures (id bigint PRIMARY KEY, content oid);
```

## Unsafe

```sql
SELECT lo_unlink(oid) FROM pg_largeobject_metadata;
```

## Safe

First find out which objects no row refers to.

```sql
SELECT oid FROM pg_largeobject_metadata WHERE oid NOT IN (SELECT content FROM pictures WHERE content IS NOT NULL);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CallFunction

RULE = Rule(__name__, code="D305", category=Category.DATA, severity=Severity.ERROR)
_DOES = {
    "lo_unlink": ("deletes large objects", False),
    "lo_truncate": ("truncates large objects", False),
    "lo_truncate64": ("truncates large objects", False),
    "lo_put": ("overwrites a part of large objects", True),
    "lowrite": ("overwrites a part of large objects", True),
}


@RULE.on(CallFunction)
def check(operation: CallFunction, context: Context) -> Iterator[Violation]:
    """A call of one of them."""
    name = operation.call.name
    does, mild = _DOES.get(name.name, ("", False))
    if does and name.schema in (None, "pg_catalog"):
        hint = Sentence("run vacuumlo -n, which lists the objects that no column refers to")
        yield Violation(operation.span, does, hint, doubtful=mild)
