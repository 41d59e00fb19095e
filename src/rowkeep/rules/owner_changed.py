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

from rowkeep.domain.act import ChangeOwner
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="S310",
    promise=Promise.SECURITY,
    severity=Severity.ERROR,
    claims=(Claim("orders", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(ChangeOwner)
def check(act: ChangeOwner, context: Context) -> Iterator[Fault]:
    """A thing of others, or all that a role owns."""
    if act.name is None:
        yield Fault(
            act.span,
            f"{act.role} may change and drop everything that is handed over",
            "GRANT … ON … TO …;",
            doubtful=True,
        )
    elif not context.is_new(act.name) and not context.has_made(act.kind, act.name):
        message = f"{act.role} may change and drop the {act.kind.value} {act.name} from now on"
        yield Fault(act.span, message, f"GRANT … ON {act.name} TO {act.role}; (what it needs)")
