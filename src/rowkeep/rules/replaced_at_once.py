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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CreateFunction, CreateView, ObjectKind

RULE = Rule(
    __name__,
    code="C212",
    category=Category.COMPATIBILITY,
    severity=Severity.NOTE,
    peers=("squawk:ban-replace-view-function",),
)


@RULE.on(CreateFunction)
def function(operation: CreateFunction, context: Context) -> Iterator[Violation]:
    """CREATE OR REPLACE FUNCTION."""
    kind = ObjectKind.PROCEDURE if operation.is_procedure else ObjectKind.FUNCTION
    known = context.known.functions.get(context.key(operation.function))
    if not operation.replace or context.has_made(kind, operation.function):
        return
    if known is not None and known.types == operation.types:
        what = f"every version of the application calls the new {operation.function} from the commit on"
        yield Violation(operation.span, what, f"CREATE {kind.value.upper()} … (a new name for a new meaning)")


@RULE.on(CreateView)
def view(operation: CreateView, context: Context) -> Iterator[Violation]:
    """CREATE OR REPLACE VIEW."""
    known = context.known.views.get(context.key(operation.view))
    if not operation.replace or operation.is_temporary or context.has_made(ObjectKind.VIEW, operation.view):
        return
    if known is not None and known.migration != context.number:
        what = f"every version of the application reads the new {operation.view} from the commit on"
        yield Violation(operation.span, what, "CREATE VIEW … (a new name for a new meaning)")
