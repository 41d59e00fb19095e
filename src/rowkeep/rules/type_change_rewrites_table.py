"""A column gets a type that stores its values in another way: every row is rewritten.

## When

`ALTER COLUMN … TYPE` on a table that existed before this migration, unless PostgreSQL can keep the stored values: a
longer or unlimited `varchar`, `varchar` and `text` in both directions, `numeric` of the same scale and higher or no
precision, a higher precision of time types, `timestamp` and `timestamptz` while the session's time zone is UTC, `cidr`
to `inet`, a domain without a constraint. Where the migrations do not show the old type, or the time zone, it is one
step softer, and a note where a limit is removed (`text`, `varchar`, `numeric`).

## Harm

The table and all its indexes are rewritten under `ACCESS EXCLUSIVE`: nobody can read or write the table until that is
done (13 s for 5 million rows of `integer` to `bigint`). Meanwhile it needs twice its space. Tables that refer to the
column by a foreign key, or to which it refers, are locked, too.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, number integer, note varchar(40), placed_at timestamp);
INSERT INTO orders SELECT n, n, 'note', now() FROM generate_series(1, 100) AS n;
```

## Unsafe

```sql
ALTER TABLE orders ALTER COLUMN number TYPE bigint;
```

```sql
ALTER TABLE orders ALTER COLUMN note TYPE varchar(20);
```

```sql
SET LOCAL TIME ZONE 'Europe/Berlin';
ALTER TABLE orders ALTER COLUMN placed_at TYPE timestamptz;
```

## Safe

Add a second column of the new type, which a trigger keeps in sync. Fill the old rows in batches, then swap the names.
Keep the old column until you are sure that nobody needs it.

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS number_new bigint;
CREATE OR REPLACE FUNCTION orders_number_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.number_new := NEW.number;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER orders_number_new BEFORE INSERT OR UPDATE ON orders
  FOR EACH ROW EXECUTE FUNCTION orders_number_new();
-- in the next migration:
UPDATE orders SET number_new = number WHERE id IN (SELECT id FROM orders WHERE number_new IS NULL LIMIT 5000);
```

```sql
ALTER TABLE orders ALTER COLUMN note TYPE varchar(80);
```

```sql
SET LOCAL TIME ZONE 'UTC';
ALTER TABLE orders ALTER COLUMN placed_at TYPE timestamptz;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import ChangeType
from rowkeep.knowledge.forms import recipes
from rowkeep.knowledge.types.type_change import RewriteNeed, TypeChange

RULE = Rule(
    __name__,
    code="L112",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:changing-column-type",
        "strong_migrations:change_column",
        "online_migrations:change_column",
        "django-pg-zero-downtime:ALTER_COLUMN_TYPE",
        "eugene:E5",
        "atlas:PG301",
        "pg-schema-diff:ACQUIRES_ACCESS_EXCLUSIVE_LOCK",
        "pgfence:alter-column-type",
        "pgls:changingColumnType",
        "safe-migrate:type-change-rewrite",
        "pgroll:alter_column",
    ),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE, rewrites=True, scans=True),),
)


@RULE.on(ChangeType)
def check(operation: ChangeType, context: Context) -> Iterator[Violation]:
    """A type that stores values in another way."""
    table, column = operation.table, operation.column
    if context.is_new(table):
        return
    before = context.column(table, column)
    old = before.type if before is not None else None
    rewrite = TypeChange.of(operation, old, context.setting("timezone")).rewrites(context.domain)
    if rewrite is RewriteNeed.NO:
        return
    doubt = "" if rewrite is RewriteNeed.YES else _describe_doubt(operation, old is not None)
    yield Violation(
        operation.span,
        f"rewrites every row of {table} as {column} becomes {operation.type}, and every query waits{doubt}",
        _write_hint(operation, context)
        if rewrite is RewriteNeed.YES or not _is_time(operation)
        else _convert_in_utc(operation),
        doubtful=rewrite is RewriteNeed.MAYBE or context.is_doubtful(table),
        faint=rewrite is RewriteNeed.HARDLY or context.undoes_change(table, column),
    )


def _describe_doubt(operation: ChangeType, is_told: bool) -> str:
    if is_told or _is_time(operation):
        return ", unless the session's time zone is UTC"
    return ", unless it is stored in the same way already; these files do not show its type"


def _is_time(operation: ChangeType) -> bool:
    return operation.type.name in ("timestamp", "timestamptz") and operation.using is None


def _convert_in_utc(operation: ChangeType) -> str:
    return (
        f"SET LOCAL TIME ZONE 'UTC';\nALTER TABLE {operation.table} ALTER COLUMN "
        f"{operation.column} TYPE {operation.type};"
    )


def _write_hint(operation: ChangeType, context: Context) -> str:
    table, column = operation.table, operation.column
    value = operation.using.text if operation.using is not None else str(column)
    new = recipes.join_names(column.name, "new")
    return (
        f"ALTER TABLE {table} ADD COLUMN {new} {operation.type};\n"
        f"{recipes.trigger_steps(table, new, value)}\n"
        f"{recipes.NEXT}\n{recipes.backfill_batch(table, new, value, context.row_key(table))}\n"
        f"{recipes.NEXT}\n"
        f"-- first create the indexes and constraints of {column} on {new}; then, in one migration:\n"
        f"DROP TRIGGER {recipes.join_names(table.name, 'set', new.name)} ON {table};\n"
        f"ALTER TABLE {table} RENAME COLUMN {column} TO {recipes.join_names(column.name, 'old')};\n"
        f"ALTER TABLE {table} RENAME COLUMN {new} TO {column};"
    )
