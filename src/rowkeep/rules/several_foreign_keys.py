"""Several foreign keys in one transaction lock several tables at once.

## When

A migration adds foreign keys from a table that existed before to more than one other table, or drops a table that has
them. Keys that are checked at once are a separate finding, which weighs more. Keys of a table that the migration
creates are not findings: they take no time, and only writers wait.

## Harm

Each key also locks the table it refers to, until the migration commits. While it waits for the last lock it holds the
first ones, and a transaction of the application that takes them in another order causes a deadlock.

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE products (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, product_id bigint);
```

## Unsafe

```sql
ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;
ALTER TABLE orders ADD CONSTRAINT orders_product_fk FOREIGN KEY (product_id) REFERENCES products (id) NOT VALID;
```

## Safe

Add one key per migration.

```sql
ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;
-- in the next migration:
ALTER TABLE orders ADD CONSTRAINT orders_product_fk FOREIGN KEY (product_id) REFERENCES products (id) NOT VALID;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    ConstraintKind,
    DropObject,
    Name,
    ObjectKind,
    Operation,
    SectionEnd,
)

RULE = Rule(
    __name__,
    code="L207",
    category=Category.LOCK,
    severity=Severity.NOTE,
    peers=("online_migrations:multiple_foreign_keys", "online_migrations:drop_table_multiple_foreign_keys"),
)


@RULE.on(SectionEnd)
def check_add(operation: SectionEnd, context: Context) -> Iterator[Violation]:
    """Keys to a second table, and to every further one."""
    if context.alone:
        return
    locked: dict[tuple[str, str], Name] = {}
    for earlier in context.before:
        if earlier.is_stored:
            continue
        for other in _find_referenced(earlier, context):
            if context.is_new(other) or context.key(other) in locked:
                continue
            if locked:
                first = ", ".join(str(name) for name in locked.values())
                message = f"locks {other} against writes while {first} is locked already"
                yield Violation(earlier.span, message, Sentence("move the key into the next migration"))
            locked[context.key(other)] = other


def _find_referenced(operation: Operation, context: Context) -> Iterator[Name]:
    """Find the tables that the new foreign keys of a table of others refer to.

    Keys of a new table take no time: it has no rows, and nobody waits for it.
    """
    match operation:
        case AddConstraint(table=table, constraint=constraint) if not context.is_new(table):
            constraints = [constraint]
        case AddColumn(table=table, column=column) if not context.is_new(table):
            constraints = list(column.constraints)
        case _:
            return
    for constraint in constraints:
        if constraint.kind is ConstraintKind.FOREIGN_KEY and constraint.refers_to is not None:
            yield constraint.refers_to


@RULE.on(DropObject)
def check_drop(operation: DropObject, context: Context) -> Iterator[Violation]:
    """A table that is known to refer to several others."""
    table = context.table(operation.name)
    if operation.kind is not ObjectKind.TABLE or table is None or context.is_new(operation.name):
        return
    others = {str(key.constraint.refers_to) for key in table.constraints if key.constraint.refers_to is not None}
    if len(others) > 1:
        names = ", ".join(sorted(others))
        yield Violation(
            operation.span,
            f"also stops every query on {names}, to which {operation.name} refers",
            "-- one key per migration, and then DROP TABLE:\n"
            f"ALTER TABLE {operation.name} DROP CONSTRAINT <constraint>;",
        )
