"""A trigger or rule is dropped that the running application relies on.

## When

A trigger, an event trigger or a rewrite rule is dropped that existed before this migration, unless the migration
creates it again.

## Harm

What it did stops at once: timestamps, audit rows, totals, copies of a column. Rows that are written from then on lack
it, and nobody gets an error. Dropping a trigger or rule also locks its table with `ACCESS EXCLUSIVE` for a moment.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, updated_at timestamptz);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN NEW; END';
CREATE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
```

## Unsafe

```sql
DROP TRIGGER orders_touch ON orders;
```

## Safe

To change the trigger, replace the function that it calls. To remove it, let the application do its work first, and
then allow the drop.

```sql
CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql
  AS 'BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import suggest_allow
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import CreateObject, CreateRule, CreateTrigger, DropObject, ObjectKind

RULE = Rule(
    __name__,
    code="C209",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-drop-trigger",
        "pgfence:drop-trigger",
        "pgls:banDropTrigger",
    ),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE),),
)
_KINDS = (ObjectKind.TRIGGER, ObjectKind.EVENT_TRIGGER, ObjectKind.RULE)


@RULE.on(DropObject)
def check(operation: DropObject, context: Context) -> Iterator[Violation]:
    """A trigger or rule that somebody may rely on."""
    if operation.kind not in _KINDS or _is_made_again(operation, context):
        return
    if operation.on is not None:
        table = context.key(operation.on)
        made = context.known.made.get((operation.kind.value, table, operation.name.name))
        if made == context.number or context.is_new(operation.on):
            return
    where = f" on {operation.on}" if operation.on is not None else ""
    yield Violation(
        operation.span,
        f"nothing does the work of the {operation.kind.value} {operation.name}{where} any more",
        suggest_allow("when the application does its work itself", RULE.name),
    )


def _is_made_again(operation: DropObject, context: Context) -> bool:
    for later in context.later(CreateTrigger, CreateRule, CreateObject):
        match later:
            case CreateTrigger(table=table, trigger=name) | CreateRule(table=table, rule=name):
                if operation.on is not None and name == operation.name and context.same(table, operation.on):
                    return True
            case CreateObject(kind=ObjectKind.EVENT_TRIGGER, name=name):
                if name == operation.name:
                    return True
    return False
