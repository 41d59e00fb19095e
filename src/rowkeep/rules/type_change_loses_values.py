"""A column gets a type, or a USING, that cannot hold all of its values.

## When

`ALTER COLUMN … TYPE` on a table that existed before this migration, to a type that cannot hold all values: `date` for
a timestamp, `integer` for `numeric`, fewer decimal places, fewer digits of a second, an explicit cast to a shorter
`varchar` (without a cast PostgreSQL refuses values that are too long). Or the `USING` does not use the column (`NULL`,
a constant, another column), or cuts it (`left()`, `substring()`, `split_part()`, `regexp_replace()`, `round()`,
`date_trunc()` …). Where the migrations do not show the old type, it is one step softer, or a note.

## Harm

The values are overwritten when the migration commits; only a backup has the rest of them.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, reference varchar(30), placed_at timestamptz, total numeric(12,4));
INSERT INTO orders VALUES (1, 'A-2026-0000001', now(), 12.3456);
```

## Unsafe

```sql
ALTER TABLE orders ALTER COLUMN placed_at TYPE date;
```

```sql
ALTER TABLE orders ALTER COLUMN reference TYPE varchar(12) USING left(reference, 12);
```

```sql
ALTER TABLE orders ALTER COLUMN total TYPE numeric(12,2);
```

```sql
ALTER TABLE orders ALTER COLUMN reference TYPE jsonb USING NULL;
```

## Safe

Write the new form into a new column, and keep the old one until you are sure that nobody needs it.

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS placed_on date;
-- in the next migration:
UPDATE orders SET placed_on = placed_at::date WHERE id IN (
  SELECT id FROM orders WHERE placed_on IS NULL LIMIT 5000
);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import ChangeType, Expression, Name, ObjectKind, TypeName
from rowkeep.knowledge.forms import recipes
from rowkeep.knowledge.types.conversion_losses import CHANGING, CUTTING, conversion_loss, loss_from_unknown_type
from rowkeep.knowledge.types.type_change import base_type

RULE = Rule(
    __name__,
    code="D116",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=("safe-migrate:irreversible-migration",),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE, rewrites=True, scans=True),),
)


@RULE.on(ChangeType)
def check(operation: ChangeType, context: Context) -> Iterator[Violation]:
    """Values that do not fit."""
    table, column = operation.table, operation.column
    if context.is_new(table) or context.has_added(table, column) or context.undoes(ObjectKind.TABLE, table):
        return
    before = context.column(table, column)
    old = base_type(before.type, context.domain) if before is not None and before.type is not None else None
    words, doubtful, faint = _find_loss(operation, old, context)
    if words:
        yield Violation(
            operation.span,
            f"{table}.{column} loses {words} as it becomes {operation.type}",
            f"ALTER TABLE {table} ADD COLUMN {recipes.join_names(column.name, 'new')} {operation.type};\n"
            f"-- then fill it, read it, and keep {column} until you are sure that nobody needs it",
            doubtful=doubtful,
            faint=faint or context.undoes_change(table, column),
        )


def _find_loss(operation: ChangeType, old: TypeName | None, context: Context) -> tuple[str, bool, bool]:
    """Say what is lost, and whether that is doubtful, or faint."""
    new = base_type(operation.type, context.domain)
    if operation.using is None:
        return _find_loss_of_conversion(old, new)
    if operation.using.cast_of == operation.column.name:
        casts = [base_type(cast, context.domain) for cast in operation.using.casts]
        return _find_loss_of_casts(old, casts, new) if casts else _find_loss_of_conversion(old, new)
    return _find_loss_of_expression(operation.using, operation.column, old, new)


def _find_loss_of_conversion(old: TypeName | None, new: TypeName) -> tuple[str, bool, bool]:
    if old is not None:
        return conversion_loss(old, new, explicitly=False), False, False
    words, certain = loss_from_unknown_type(new, explicitly=False)
    is_time = new.name.startswith("time")
    return words, not certain, not certain and not is_time


def _find_loss_of_casts(old: TypeName | None, casts: list[TypeName], new: TypeName) -> tuple[str, bool, bool]:
    steps = [*casts] if casts[-1] == new else [*casts, new]
    for number, step in enumerate(steps):
        explicitly = number < len(casts)
        if old is None:
            words, _ = loss_from_unknown_type(step, explicitly=explicitly)
            if words:
                return words, True, step.name not in ("varchar", "bpchar")
        elif words := conversion_loss(old, step, explicitly=explicitly):
            return words, False, False
        old = step
    return "", False, False


def _find_loss_of_expression(
    using: Expression, column: Name, old: TypeName | None, new: TypeName
) -> tuple[str, bool, bool]:
    if column.name not in using.columns and not using.has_query:
        value = "NULL" if using.is_null else using.text
        return f"every value (each becomes {value})", False, False
    for call in using.calls:
        if call.name.name in CUTTING or call.name.name in CHANGING:
            return f"what {call.name}() leaves out", call.name.name in CHANGING, False
    if new.name == "bool" and (old is None or old.name != "bool"):
        return "everything but yes or no", True, False
    return "", False, False
