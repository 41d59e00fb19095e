"""Subscribers no longer get the changes of a table.

## When

A publication or subscription is dropped that existed before this migration, a publication drops a table, or its list
of tables or of events is replaced; or a subscription is disabled, or gets other publications.

## Harm

Changes that are made from now on never reach the other side, and nobody gets an error. If the table is published
again, it must be copied from the start.

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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AlterObject, DropObject, ObjectKind

RULE = Rule(
    __name__,
    code="D203",
    category=Category.DATA,
    severity=Severity.ERROR,
)
_KINDS = (ObjectKind.PUBLICATION, ObjectKind.SUBSCRIPTION)


@RULE.on(DropObject)
def check_drop(operation: DropObject, context: Context) -> Iterator[Violation]:
    """DROP PUBLICATION, DROP SUBSCRIPTION."""
    if operation.kind in _KINDS and not context.has_made(operation.kind, operation.name):
        yield _report(operation, f"changes reach no subscriber without the {operation.kind.value} {operation.name}")


@RULE.on(AlterObject)
def check_alter(operation: AlterObject, context: Context) -> Iterator[Violation]:
    """ALTER PUBLICATION … DROP TABLE or SET TABLE, ALTER SUBSCRIPTION … DISABLE."""
    if operation.kind not in _KINDS or context.has_made(operation.kind, operation.name):
        return
    tables = ", ".join(value for name, value in operation.options if name in ("table", "schema"))
    if operation.kind is ObjectKind.PUBLICATION and operation.action == "DROP":
        yield _report(operation, f"changes of {tables} are no longer published by {operation.name}")
    elif operation.kind is ObjectKind.PUBLICATION and operation.action == "SET" and tables:
        yield _report(operation, f"{operation.name} publishes nothing but {tables} from now on")
    elif operation.kind is ObjectKind.PUBLICATION and any(name == "publish" for name, _ in operation.options):
        yield _report(
            operation, f"{operation.name} publishes nothing but {dict(operation.options)['publish']} from now on"
        )
    elif operation.kind is ObjectKind.SUBSCRIPTION and operation.action in ("SET PUBLICATION", "DROP PUBLICATION"):
        yield _report(operation, f"{operation.name} no longer receives the changes of all its publications")
    elif (
        operation.kind is ObjectKind.SUBSCRIPTION
        and operation.action == "ENABLED"
        and ("enabled", "false") in operation.options
    ):
        yield _report(
            operation, f"{operation.name} receives no changes any more, and the other side keeps all of them on disk"
        )


def _report(operation: AlterObject | DropObject, message: str) -> Violation:
    hint: str = Sentence("leave the subscription as it is")
    if operation.kind is ObjectKind.PUBLICATION:
        hint = f"-- this only adds:\nALTER PUBLICATION {operation.name} ADD TABLE <table>;"
    return Violation(operation.span, message, hint)
