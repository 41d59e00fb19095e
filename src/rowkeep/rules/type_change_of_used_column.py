"""A column changes its type while a view or a generated column uses it.

## When

`ALTER COLUMN … TYPE` on a column that, as the migrations show, a view reads or a generated column is computed from. A
view that the migration drops before is not a finding, nor is a view of several tables if it is not clear whose column
it means.

## Harm

PostgreSQL refuses it, and the deploy fails (SQLSTATE 0A000; for a generated column 42601 in PostgreSQL 14).

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, note varchar(40));
CREATE VIEW order_notes AS SELECT id, note FROM orders;
```

## Unsafe

```sql
ALTER TABLE orders ALTER COLUMN note TYPE text;
```

## Safe

Drop the view and create it again in the same transaction, with the rights that it had.

```sql
-- rowkeep: allow drop-view because it is created again below, and nobody sees it gone
DROP VIEW order_notes;
ALTER TABLE orders ALTER COLUMN note TYPE text;
CREATE VIEW order_notes AS SELECT id, note FROM orders;
GRANT SELECT ON order_notes TO CURRENT_USER;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import ChangeType, Generated
from rowkeep.knowledge.forms.keywords import quote_name

RULE = Rule(
    __name__,
    code="C115",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    claims=(LockClaim("orders", fails="0A000"),),
)


@RULE.on(ChangeType)
def check(operation: ChangeType, context: Context) -> Iterator[Violation]:
    """Objects that PostgreSQL would have to change, too."""
    table, column = operation.table, operation.column
    views = context.readers(table, column)
    if views:
        names = [
            f"MATERIALIZED VIEW {quote_name(view.key[1])}"
            if view.is_materialized
            else f"VIEW {quote_name(view.key[1])}"
            for view in views
        ]
        words = " and ".join(view.key[1] for view in views[:3]) + (" and others" if len(views) > 3 else "")
        yield Violation(
            operation.span,
            f"fails: {words} {'reads' if len(views) == 1 else 'read'} {table}.{column}, and PostgreSQL does not "
            "change the type under a view",
            "\n".join(
                [
                    *(f"DROP {name};" for name in names),
                    f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {operation.type};",
                    *(f"CREATE {name} AS <query>;" for name in reversed(names)),
                ]
            ),
        )
    known = context.table(table)
    for other in known.columns.values() if known is not None else ():
        computed = other.generated in (Generated.STORED, Generated.VIRTUAL) and other.default is not None
        if computed and other.default is not None and column.name in other.default.columns:
            yield Violation(
                operation.span,
                f"fails: the generated column {other.name} is computed from {table}.{column}",
                Sentence("add a second column of the new type, and a second generated column"),
            )
