"""A column gets a type that stores its values in another way: every row is written anew.

## When

`ALTER COLUMN … TYPE` on a table that was there before this migration, unless PostgreSQL can keep the stored values: a
longer or unlimited `varchar`, `varchar` and `text` in both directions, `numeric` of the same scale and higher or no
precision, a higher precision of time types, `timestamp` and `timestamptz` while the session's time zone is UTC, `cidr`
to `inet`, a domain without a constraint. Where the migrations do not tell the old type, or the time zone, it is one
step softer, and a note where a limit is taken away (`text`, `varchar`, `numeric`).

## Harm

The table and all its indexes are rewritten under `ACCESS EXCLUSIVE`: nobody reads or writes it until that is done (13
s for 5 million rows of `integer` to `bigint`), and for that time it needs twice its space. Tables that refer to the
column by a foreign key, or to which it refers, are locked along with it.

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

A second column of the new type, which a trigger keeps in step; the old rows batch by batch; then the two change names.
The old column stays until nobody has missed it.

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
-- next migration
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

from rowkeep.domain.act import ChangeType
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule
from rowkeep.knowledge import recipes
from rowkeep.knowledge.retype import Retype, Rewrite

RULE = Rule(
    __name__,
    code="L112",
    promise=Promise.LOCK,
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
    claims=(Claim("orders", LockMode.ACCESS_EXCLUSIVE, rewrites=True, scans=True),),
)


@RULE.on(ChangeType)
def check(act: ChangeType, context: Context) -> Iterator[Fault]:
    """A type that cannot take over what is stored."""
    table, column = act.table, act.column
    if context.is_new(table):
        return
    before = context.column(table, column)
    old = before.type if before is not None else None
    rewrite = Retype.of(act, old, context.setting("timezone")).rewrites(context.domain)
    if rewrite is Rewrite.NO:
        return
    doubt = "" if rewrite is Rewrite.YES else _doubt(act, old is not None)
    yield Fault(
        act.span,
        f"writes every row of {table} anew as {column} becomes {act.type}, and everybody waits{doubt}",
        _repair(act, context) if rewrite is Rewrite.YES or not _is_time(act) else _in_utc(act),
        doubtful=rewrite is Rewrite.MAYBE or context.is_doubtful(table),
        faint=rewrite is Rewrite.HARDLY or context.undoes_change(table, column),
    )


def _doubt(act: ChangeType, is_told: bool) -> str:
    if is_told or _is_time(act):
        return ", unless the session's time zone is UTC"
    return ", unless it is stored in the same way already; these files do not tell its type"


def _is_time(act: ChangeType) -> bool:
    return act.type.name in ("timestamp", "timestamptz") and act.using is None


def _in_utc(act: ChangeType) -> str:
    return f"SET LOCAL TIME ZONE 'UTC';\nALTER TABLE {act.table} ALTER COLUMN {act.column} TYPE {act.type};"


def _repair(act: ChangeType, context: Context) -> str:
    table, column = act.table, act.column
    value = act.using.text if act.using is not None else str(column)
    new = recipes.joined(column.name, "new")
    return (
        f"ALTER TABLE {table} ADD COLUMN {new} {act.type};\n"
        f"CREATE TRIGGER … BEFORE INSERT OR UPDATE ON {table} … NEW.{new} := {value};\n"
        f"{recipes.NEXT}\n{recipes.fill(table, new, value, context.row_key(table))}\n"
        f"{recipes.NEXT} (indexes and constraints on {new} first)\n"
        f"ALTER TABLE {table} RENAME COLUMN {column} TO {recipes.joined(column.name, 'old')};\n"
        f"ALTER TABLE {table} RENAME COLUMN {new} TO {column};"
    )
