"""A trigger or rule is dropped on which the running application relies.

## When

A trigger, an event trigger or a rewrite rule is dropped that was there before this migration, unless the migration
creates it again.

## Harm

What it kept up stops at once: time stamps, audit rows, totals, copies of a column. Rows that are written from then on
lack it, and nobody is told. A dropped trigger or rule also locks its table with `ACCESS EXCLUSIVE` for a moment.

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

To change it, replace what it calls; to remove it, let the application do its work first, and say so.

```sql
CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql
  AS 'BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import CreateObject, CreateRule, CreateTrigger, DropObject, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="C209",
    promise=Promise.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-drop-trigger",
        "pgfence:drop-trigger",
        "pgls:banDropTrigger",
    ),
    claims=(Claim("orders", LockMode.ACCESS_EXCLUSIVE),),
)
_KINDS = (ObjectKind.TRIGGER, ObjectKind.EVENT_TRIGGER, ObjectKind.RULE)


@RULE.on(DropObject)
def check(act: DropObject, context: Context) -> Iterator[Fault]:
    """A trigger or rule that somebody may rely on."""
    if act.kind not in _KINDS or _is_made_again(act, context):
        return
    if act.on is not None:
        table = context.key(act.on)
        made = context.known.made.get((act.kind.value, table, act.name.name))
        if made == context.number or context.is_new(act.on):
            return
    where = f" on {act.on}" if act.on is not None else ""
    yield Fault(
        act.span,
        f"what the {act.kind.value} {act.name}{where} did is no longer done",
        f"-- rowkeep: allow {RULE.name} because the application does it itself now",
    )


def _is_made_again(act: DropObject, context: Context) -> bool:
    for later in context.later(CreateTrigger, CreateRule, CreateObject):
        match later:
            case CreateTrigger(table=table, trigger=name) | CreateRule(table=table, rule=name):
                if act.on is not None and name == act.name and context.same(table, act.on):
                    return True
            case CreateObject(kind=ObjectKind.EVENT_TRIGGER, name=name):
                if name == act.name:
                    return True
    return False
