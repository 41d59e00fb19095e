"""A function runs that neither PostgreSQL nor the project defines.

## When

A statement runs a function or procedure that is not defined in the migrations and does not come with PostgreSQL. It is
an error where the statement does nothing else (`SELECT f()`, `PERFORM f()`, `CALL p()`); within a larger query, or in
a trigger on a table in use, it is one step softer. A function that the migrations define in SQL or PL/pgSQL is checked
by its body instead; a function in another language is unknown.

## Harm

It may do anything to any row, and nobody who reads the migration can see it.

## Given

```sql
CREATE FUNCTION tidy_up_orders() RETURNS timestamptz LANGUAGE internal AS 'now';
```

## Unsafe

```sql
SELECT tidy_up_orders();
```

```sql
DO $$ BEGIN PERFORM tidy_up_orders(); END $$;
```

## Safe

```sql
CREATE OR REPLACE FUNCTION tidy_up_carts() RETURNS void LANGUAGE sql SET search_path = pg_catalog AS $$
  SELECT pg_notify('tidied', 'carts')
$$;
SELECT tidy_up_carts();
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CallFunction, CreateTrigger, Name
from rowkeep.knowledge.functions import function_volatility

RULE = Rule(__name__, code="D013", category=Category.DATA, severity=Severity.ERROR, stored=False)


@RULE.on(CallFunction)
def check(operation: CallFunction, context: Context) -> Iterator[Violation]:
    """A call of something unknown."""
    name = operation.call.name
    if _is_known(name, context):
        return
    yield Violation(
        operation.span,
        f"runs {name}(), and no file shows what that does",
        Sentence(f"define {name}() in a migration, or write its statements into this one"),
        doubtful=not operation.for_effect,
    )


@RULE.on(CreateTrigger)
def check_trigger(operation: CreateTrigger, context: Context) -> Iterator[Violation]:
    """CREATE TRIGGER: the application's writes run the function from now on."""
    if context.is_new(operation.table) or _is_known(operation.function, context):
        return
    yield Violation(
        operation.span,
        f"every {' and '.join(operation.events)} on {operation.table} runs {operation.function}(), "
        "and no file shows what that does",
        Sentence(f"define {operation.function}() in a migration"),
        doubtful=True,
    )


def _is_known(name: Name, context: Context) -> bool:
    known = context.function(name)
    return function_volatility(name.name) is not None or (known is not None and known.is_readable) or name.is_unknown
