"""A function or view is replaced for every version of the application at once.

## When

`CREATE OR REPLACE` of a function, procedure or view that an earlier migration has made. Where no file tells of it, the
words are there for repeating: it may well be new.

## Harm

From the commit on the old version calls the new body, too. What it refuses now, or returns otherwise, is news to it.

## Given

```sql
CREATE FUNCTION price(cents int) RETURNS int LANGUAGE sql AS 'SELECT cents';
```

## Unsafe

```sql
CREATE OR REPLACE FUNCTION price(cents int) RETURNS int LANGUAGE sql AS 'SELECT cents * 2';
```

## Safe

Another meaning under another name.

```sql
CREATE FUNCTION double_price(cents int) RETURNS int LANGUAGE sql AS 'SELECT cents * 2';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import CreateFunction, CreateView, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="C212",
    promise=Promise.COMPATIBILITY,
    severity=Severity.NOTE,
    peers=("squawk:ban-replace-view-function",),
)


@RULE.on(CreateFunction)
def function(act: CreateFunction, context: Context) -> Iterator[Fault]:
    """CREATE OR REPLACE FUNCTION."""
    kind = ObjectKind.PROCEDURE if act.is_procedure else ObjectKind.FUNCTION
    known = context.known.functions.get(context.key(act.function))
    if not act.replace or context.has_made(kind, act.function):
        return
    if known is not None and known.types == act.types:
        what = f"every version of the application calls the new {act.function} from the commit on"
        yield Fault(act.span, what, f"CREATE {kind.value.upper()} … (a new name for a new meaning)")


@RULE.on(CreateView)
def view(act: CreateView, context: Context) -> Iterator[Fault]:
    """CREATE OR REPLACE VIEW."""
    known = context.known.views.get(context.key(act.view))
    if not act.replace or act.is_temporary or context.has_made(ObjectKind.VIEW, act.view):
        return
    if known is not None and known.migration != context.number:
        what = f"every version of the application reads the new {act.view} from the commit on"
        yield Fault(act.span, what, "CREATE VIEW … (a new name for a new meaning)")
