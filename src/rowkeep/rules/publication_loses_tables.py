"""Subscribers no longer get the changes of a table.

## When

A publication or subscription is dropped that was there before this migration, a publication drops a table, or its list
of tables or of events is set anew; a subscription is disabled, or takes other publications.

## Harm

Changes that are made from now on never reach the other side, and nobody is told. When the table is published again, it
has to be copied from the start.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE PUBLICATION changes FOR TABLE orders, customers;
```

## Unsafe

```sql
DROP PUBLICATION changes;
```

```sql
ALTER PUBLICATION changes SET TABLE customers;
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS products (id bigint PRIMARY KEY);
ALTER PUBLICATION changes ADD TABLE products;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AlterObject, DropObject, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="D203",
    promise=Promise.DATA,
    severity=Severity.ERROR,
)
_KINDS = (ObjectKind.PUBLICATION, ObjectKind.SUBSCRIPTION)


@RULE.on(DropObject)
def drop(act: DropObject, context: Context) -> Iterator[Fault]:
    """DROP PUBLICATION, DROP SUBSCRIPTION."""
    if act.kind in _KINDS and not context.has_made(act.kind, act.name):
        yield _fault(act, f"no change of its tables reaches anybody without the {act.kind.value} {act.name}")


@RULE.on(AlterObject)
def alter(act: AlterObject, context: Context) -> Iterator[Fault]:
    """ALTER PUBLICATION … DROP TABLE or SET TABLE, ALTER SUBSCRIPTION … DISABLE."""
    if act.kind not in _KINDS or context.has_made(act.kind, act.name):
        return
    tables = ", ".join(value for name, value in act.options if name in ("table", "schema"))
    if act.kind is ObjectKind.PUBLICATION and act.action == "DROP":
        yield _fault(act, f"changes of {tables} are no longer published by {act.name}")
    elif act.kind is ObjectKind.PUBLICATION and act.action == "SET" and tables:
        yield _fault(act, f"{act.name} publishes nothing but {tables} from now on")
    elif act.kind is ObjectKind.PUBLICATION and any(name == "publish" for name, _ in act.options):
        yield _fault(act, f"{act.name} publishes nothing but {dict(act.options)['publish']} from now on")
    elif act.kind is ObjectKind.SUBSCRIPTION and act.action in ("SET PUBLICATION", "DROP PUBLICATION"):
        yield _fault(act, f"{act.name} no longer takes the changes of every publication that it took")
    elif act.kind is ObjectKind.SUBSCRIPTION and act.action == "ENABLED" and ("enabled", "false") in act.options:
        yield _fault(act, f"{act.name} takes no changes any more, and the other side keeps all of them on its disk")


def _fault(act: AlterObject | DropObject, message: str) -> Fault:
    return Fault(act.span, message, "ALTER PUBLICATION … ADD TABLE …; (only adds)")
