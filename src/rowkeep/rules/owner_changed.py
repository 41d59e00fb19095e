"""Something gets another owner.

## When

`ALTER … OWNER TO` of a thing that this migration has not made, and `REASSIGN OWNED`, which is one step softer.

## Harm

An owner may change and drop the thing, and give rights on it to others; the old owner may not any more. If the new one
is the role of the application, then so may whoever breaks into the application. On a table it takes an `ACCESS
EXCLUSIVE` lock.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE ROLE shop_app;
```

## Unsafe

```sql
ALTER TABLE orders OWNER TO shop_app;
```

## Safe

```sql
GRANT SELECT, INSERT, UPDATE ON orders TO shop_app;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import ChangeOwner

RULE = Rule(
    __name__,
    code="S310",
    category=Category.SECURITY,
    severity=Severity.ERROR,
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(ChangeOwner)
def check(operation: ChangeOwner, context: Context) -> Iterator[Violation]:
    """A thing of others, or all that a role owns."""
    if operation.name is None:
        yield Violation(
            operation.span,
            f"{operation.role} may change and drop everything that is handed over",
            "GRANT … ON … TO …;",
            doubtful=True,
        )
    elif not context.is_new(operation.name) and not context.has_made(operation.kind, operation.name):
        message = f"{operation.role} may change and drop the {operation.kind.value} {operation.name} from now on"
        yield Violation(operation.span, message, f"GRANT … ON {operation.name} TO {operation.role}; (what it needs)")
