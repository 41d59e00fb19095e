"""A generated column becomes a plain one: nothing computes it any more.

## When

`ALTER COLUMN … DROP EXPRESSION` on a table that existed before this migration, unless the migration gives the column a
default or the table a trigger.

## Harm

The running application does not write the column, because until now it could not. Its INSERTs leave NULL there from
now on, and its UPDATEs leave the old result.

## Given

```sql
CREATE TABLE invoices (
  id     bigint PRIMARY KEY,
  amount numeric,
  tax    numeric GENERATED ALWAYS AS (amount * 0.19) STORED
);
```

## Unsafe

```sql
ALTER TABLE invoices ALTER COLUMN tax DROP EXPRESSION;
```

## Safe

Let a trigger compute the value from the same moment on.

```sql
CREATE OR REPLACE FUNCTION invoices_tax() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.tax := NEW.amount * 0.19;
  RETURN NEW;
END
$$;
ALTER TABLE invoices ALTER COLUMN tax DROP EXPRESSION;
CREATE OR REPLACE TRIGGER invoices_tax BEFORE INSERT OR UPDATE ON invoices
  FOR EACH ROW EXECUTE FUNCTION invoices_tax();
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AlterTable, ChangeDefault, CreateTrigger
from rowkeep.knowledge.forms import recipes

RULE = Rule(
    __name__,
    code="C122",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=("squawk:ban-drop-generated-expression",),
    claims=(LockClaim("invoices", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(AlterTable)
def check(operation: AlterTable, context: Context) -> Iterator[Violation]:
    """A value that nothing computes."""
    table, column = operation.table, operation.subject
    if operation.action != "DropExpression" or column is None or context.is_new(table):
        return
    for other in context.operations:
        if isinstance(other, CreateTrigger) and context.same(other.table, table) and other.timing == "BEFORE":
            return
        if isinstance(other, ChangeDefault) and other.column == column and other.default is not None:
            return
    known = context.column(table, column)
    value = known.default.text if known is not None and known.default is not None else "<expression>"
    yield Violation(
        operation.span,
        f"{table}.{column} is no longer computed, and the running application does not write it",
        f"ALTER TABLE {table} ALTER COLUMN {column} DROP EXPRESSION;\n" + recipes.trigger_steps(table, column, value),
        doubtful=context.is_doubtful(table),
    )
