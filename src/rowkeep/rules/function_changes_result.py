"""CREATE OR REPLACE FUNCTION gives another result than the function it replaces.

## When

A function that these files have made is replaced by one with the same input arguments and another type of result.

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

The new result under a new name; the old function goes when nobody calls it any more.

```sql
CREATE OR REPLACE FUNCTION price_of(item bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import CreateFunction
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="T205",
    promise=Promise.TRANSACTION,
    severity=Severity.ERROR,
    peers=("squawk:ban-replace-view-function",),
    claims=(Claim("pg_proc", fails="42P13"),),
)


@RULE.on(CreateFunction)
def check(act: CreateFunction, context: Context) -> Iterator[Fault]:
    """A function whose result is known before and after."""
    known = context.known.functions.get(context.key(act.function))
    if not act.replace or known is None or known.types != act.types or act.is_procedure:
        return
    if known.returns and act.returns and known.returns != act.returns:
        yield Fault(
            act.span,
            f"fails: {act.function} returns {known.returns}, and a replaced function cannot return {act.returns}",
            f"CREATE FUNCTION {act.function}_… (…) RETURNS {act.returns} …; (a new name)",
        )
