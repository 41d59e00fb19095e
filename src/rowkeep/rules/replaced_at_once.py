"""A function or view is replaced for every version of the application at once.

## When

`CREATE OR REPLACE` of a function, procedure or view that an earlier migration has created. If no file shows it, it is
probably new, and `OR REPLACE` only makes the statement repeatable.

## Harm

From the commit on the old version of the application also calls the new body, and may not expect what it refuses or
returns now.

## Given

```sql
CREATE FUNCTION price(cents int) RETURNS int LANGUAGE sql AS 'SELECT cents';
```

## Unsafe

```sql
CREATE OR REPLACE FUNCTION price(cents int) RETURNS int LANGUAGE sql AS 'SELECT cents * 2';
```

## Safe

Give a new meaning a new name.

```sql
CREATE FUNCTION double_price(cents int) RETURNS int LANGUAGE sql AS 'SELECT cents * 2';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
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
def check_function(operation: CreateFunction, context: Context) -> Iterator[Violation]:
    """CREATE OR REPLACE FUNCTION."""
    kind = ObjectKind.PROCEDURE if operation.is_procedure else ObjectKind.FUNCTION
    known = context.known.functions.get(context.key(operation.function))
    if not operation.replace or context.has_made(kind, operation.function):
        return
    if known is not None and known.types == operation.types:
        what = f"every version of the application calls the new {operation.function} from the commit on"
        yield Violation(operation.span, what, Sentence(f"create a {kind.value} with a new name instead"))


@RULE.on(CreateView)
def check_view(operation: CreateView, context: Context) -> Iterator[Violation]:
    """CREATE OR REPLACE VIEW."""
    known = context.known.views.get(context.key(operation.view))
    if not operation.replace or operation.is_temporary or context.has_made(ObjectKind.VIEW, operation.view):
        return
    if known is not None and known.migration != context.number:
        what = f"every version of the application reads the new {operation.view} from the commit on"
        yield Violation(operation.span, what, Sentence("create a view with a new name instead"))
