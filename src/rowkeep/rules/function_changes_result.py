"""CREATE OR REPLACE FUNCTION changes the result type.

## When

A function that these files have created is replaced by one with the same input arguments and another result type.

## Harm

PostgreSQL refuses to change what a function returns. The migration fails.

## Given

```sql
CREATE FUNCTION price(item bigint) RETURNS int LANGUAGE sql AS 'SELECT 1';
```

## Unsafe

```sql
CREATE OR REPLACE FUNCTION price(item bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
```

## Safe

Give the new function a new name, and drop the old one when nobody calls it any more.

```sql
CREATE OR REPLACE FUNCTION price_of(item bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import CreateFunction

RULE = Rule(
    __name__,
    code="T205",
    category=Category.TRANSACTION,
    severity=Severity.ERROR,
    peers=("squawk:ban-replace-view-function",),
    claims=(LockClaim("pg_proc", fails="42P13"),),
)


@RULE.on(CreateFunction)
def check(operation: CreateFunction, context: Context) -> Iterator[Violation]:
    """A function whose result is known before and after."""
    known = context.known.functions.get(context.key(operation.function))
    if not operation.replace or known is None or known.types != operation.types or operation.is_procedure:
        return
    if known.returns and operation.returns and known.returns != operation.returns:
        yield Violation(
            operation.span,
            f"fails: {operation.function} returns {known.returns}, and a replaced function cannot "
            f"return {operation.returns}",
            Sentence("create the function under a new name, and drop the old one when nobody calls it any more"),
        )
