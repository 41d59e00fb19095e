"""A new column with a volatile default: every row of the table is rewritten.

## When

A column is added whose default calls a volatile function (`gen_random_uuid()`, `random()`, `clock_timestamp()`,
`nextval()`), directly or through its domain. Constants, `now()` and all stable functions are computed once and stored
in the catalog; they are not findings. A function of the project counts by its declared volatility; a function in SQL
that only calls stable functions is inlined. If nothing in these files defines the function, the finding is one step
softer.

## Harm

The table and all its indexes are rewritten under `ACCESS EXCLUSIVE`: nobody can read or write the table until that is
done (37 s for 5 million rows). Meanwhile it needs twice its space.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
INSERT INTO orders SELECT n, 'a@example.org' FROM generate_series(1, 100) AS n;
```

## Unsafe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS token uuid NOT NULL DEFAULT gen_random_uuid();
```

```sql
CREATE FUNCTION short_code() RETURNS text LANGUAGE sql AS $$ SELECT substr(md5(random()::text), 1, 8) $$;
ALTER TABLE orders ADD COLUMN IF NOT EXISTS code text DEFAULT short_code();
```

## Safe

Add the column without a default, then give it one: only new rows get it. Fill the old rows in batches.

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS token uuid;
ALTER TABLE orders ALTER COLUMN token SET DEFAULT gen_random_uuid();
-- in the next migration:
UPDATE orders SET token = DEFAULT WHERE id IN (SELECT id FROM orders WHERE token IS NULL LIMIT 5000);
```

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS seen timestamptz NOT NULL DEFAULT now();
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AddColumn, Call, CallFunction, Generated, Read
from rowkeep.domain.schema.schema_state import KnownFunction
from rowkeep.knowledge.forms import recipes
from rowkeep.knowledge.functions import Volatility, function_volatility

RULE = Rule(
    __name__,
    code="L100",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:adding-field-with-default",
        "strong_migrations:add_column_default",
        "strong_migrations:add_column_default_callable",
        "online_migrations:add_column_with_default",
        "online_migrations:add_timestamps_with_default",
        "atlas:PG302",
        "pg-schema-diff:ACQUIRES_ACCESS_EXCLUSIVE_LOCK",
        "pgfence:add-column-non-constant-default",
        "pgls:addingFieldWithDefault",
        "safe-migrate:volatile-default",
        "safe-migrate:size-aware-add-column",
        "safe-pg-migrations:add_column_default",
        "pgroll:add_column",
        "eugene:E5",
        "eugene:E10",
    ),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE, rewrites=True, scans=True),),
)
_DEEPEST = 4


@RULE.on(AddColumn)
def check(operation: AddColumn, context: Context) -> Iterator[Violation]:
    """A default that differs from row to row."""
    table, column = operation.table, operation.column
    if column.generated is not Generated.BY_USER or column.type is None or not context.adds_to_known(operation):
        return
    domain = context.domain(column.type)
    default = column.default or (domain.default if domain is not None else None)
    for call in default.calls if default is not None else ():
        stable = _is_stable(call, context)
        if stable:
            continue
        what = f"{call.name}() is volatile" if stable is False else f"{call.name}() may be volatile"
        steps = [
            f"ALTER TABLE {table} ADD COLUMN {column.name} {column.type};",
            f"ALTER TABLE {table} ALTER COLUMN {column.name} SET DEFAULT {default.text if default else '<value>'};",
            recipes.NEXT,
            recipes.backfill_batch(table, column.name, "DEFAULT", context.row_key(table)),
        ]
        if column.is_not_null:
            steps += [recipes.NEXT, recipes.not_null_steps(table, column.name, context.major)]
        yield Violation(
            operation.span,
            f"rewrites every row of {table} to fill {column.name}: {what}, and every query waits",
            "\n".join(steps),
            doubtful=stable is None or context.is_doubtful(table),
        )
        return


def _is_stable(call: Call, context: Context, depth: int = 0) -> bool | None:
    """Whether the result of the call is the same for every row; None where it is not known."""
    known = context.function(call.name)
    if known is not None:
        return known.volatility != "volatile" or _is_inlined(known, context, depth)
    kind = function_volatility(call.name.name)
    return None if kind is None else kind is not Volatility.VOLATILE


def _is_inlined(function: KnownFunction, context: Context, depth: int) -> bool:
    """Whether it is one SELECT in SQL, without a table, that only calls stable functions: the planner inlines that."""
    if function.language != "sql" or function.security_definer or depth >= _DEEPEST:
        return False
    reads = [operation for operation in function.operations if not isinstance(operation, CallFunction)]
    plain = len(reads) == 1 and isinstance(reads[0], Read) and not reads[0].tables
    calls = [operation.call for operation in function.operations if isinstance(operation, CallFunction)]
    return plain and all(_is_stable(call, context, depth + 1) for call in calls)
