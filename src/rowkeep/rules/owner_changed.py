"""Something gets another owner.

## When

`ALTER … OWNER TO` of an object that this migration has not created, and `REASSIGN OWNED`, which is one step softer.

## Harm

An owner may change and drop the object, and grant rights on it to others; the old owner no longer may. If the new
owner is the role of the application, so may whoever breaks into the application. On a table it takes an `ACCESS
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
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import ChangeOwner, ObjectKind

RULE = Rule(
    __name__,
    code="S310",
    category=Category.SECURITY,
    severity=Severity.ERROR,
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE),),
)
_GRANTED = {
    ObjectKind.TABLE: "",
    ObjectKind.VIEW: "",
    ObjectKind.MATERIALIZED_VIEW: "",
    ObjectKind.FOREIGN_TABLE: "",
    ObjectKind.SEQUENCE: "SEQUENCE ",
    ObjectKind.SCHEMA: "SCHEMA ",
    ObjectKind.DATABASE: "DATABASE ",
}


@RULE.on(ChangeOwner)
def check(operation: ChangeOwner, context: Context) -> Iterator[Violation]:
    """An object of others, or all objects of a role."""
    if operation.name is None:
        yield Violation(
            operation.span,
            f"{operation.role} may change and drop everything that is reassigned",
            f"GRANT <rights> ON <table> TO {operation.role};",
            doubtful=True,
        )
    elif not context.is_new(operation.name) and not context.has_made(operation.kind, operation.name):
        message = f"{operation.role} may change and drop the {operation.kind.value} {operation.name} from now on"
        kind = _GRANTED.get(operation.kind)
        hint: str = Sentence("grant the role the rights it needs instead")
        if kind is not None:
            hint = f"GRANT <rights> ON {kind}{operation.name} TO {operation.role};"
        yield Violation(operation.span, message, hint)
