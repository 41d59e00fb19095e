"""A PRIMARY KEY over an index of nullable columns reads the whole table.

## When

`ADD PRIMARY KEY USING INDEX` where a column of the index is not known to be `NOT NULL`. A column that these files do
not show at all is a note.

## Harm

The key makes its columns `NOT NULL`; to check them, PostgreSQL reads the whole table under an `ACCESS EXCLUSIVE` lock.
Every query waits, although the index was built with care.

## Given

```sql
CREATE TABLE ledger (entry bigint, amount numeric);
CREATE UNIQUE INDEX ledger_entry_idx ON ledger (entry);
```

## Unsafe

```sql
ALTER TABLE ledger ADD CONSTRAINT ledger_pkey PRIMARY KEY USING INDEX ledger_entry_idx;
```

## Safe

A valid `CHECK` proves that there are no NULLs, so neither `SET NOT NULL` nor the key reads the table.

```sql
ALTER TABLE ledger ADD CONSTRAINT ledger_entry_set CHECK (entry IS NOT NULL) NOT VALID;
-- in the next migration:
ALTER TABLE ledger VALIDATE CONSTRAINT ledger_entry_set;
-- in the next migration:
ALTER TABLE ledger ALTER COLUMN entry SET NOT NULL;
ALTER TABLE ledger ADD CONSTRAINT ledger_pkey PRIMARY KEY USING INDEX ledger_entry_idx;
ALTER TABLE ledger DROP CONSTRAINT ledger_entry_set;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AddConstraint, ConstraintKind
from rowkeep.domain.schema.schema_state import KnownTable
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.knowledge.forms.recipes import NEXT, join_names

RULE = Rule(
    __name__,
    code="L204",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=("eugene:W14", "atlas:PG304", "pgfence:add-pk-using-index"),
    claims=(LockClaim("ledger", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)


@RULE.on(AddConstraint)
def check(operation: AddConstraint, context: Context) -> Iterator[Violation]:
    """Columns that may contain NULL until now."""
    constraint = operation.constraint
    if (
        constraint.kind is not ConstraintKind.PRIMARY_KEY
        or constraint.using_index is None
        or context.is_new(operation.table)
    ):
        return
    index, table = context.index(constraint.using_index), context.table(operation.table)
    columns = tuple(column for column in index.columns if column is not None) if index is not None else ()
    open_ones = [column for column in columns if not _is_filled(table, column)]
    if columns and not open_ones:
        return
    certain = table is not None and bool(open_ones) and all(column in table.columns for column in open_ones)
    names, column = ", ".join(open_ones) or "a column", quote_name(open_ones[0]) if open_ones else "<column>"
    why = f"because {names} may contain NULL" if certain else f"unless {names} is NOT NULL already"
    check = join_names(operation.table.name, *open_ones[:1], "set")
    name = constraint.name or join_names(operation.table.name, "pkey")
    yield Violation(
        operation.span,
        f"reads all of {operation.table} under a lock that stops every query, {why}",
        f"ALTER TABLE {operation.table} ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID;\n"
        f"{NEXT}\n"
        f"ALTER TABLE {operation.table} VALIDATE CONSTRAINT {check};\n"
        f"{NEXT}\n"
        f"ALTER TABLE {operation.table} ALTER COLUMN {column} SET NOT NULL;\n"
        f"ALTER TABLE {operation.table} ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {constraint.using_index};",
        faint=not certain,
    )


def _is_filled(table: KnownTable | None, column: str) -> bool:
    """Whether the column is known to contain no NULL: by NOT NULL, or by a valid CHECK."""
    if table is None:
        return False
    known = table.columns.get(column)
    if known is not None and known.is_not_null:
        return True
    checks = (check.constraint.expression for check in table.constraints if check.is_valid)
    return any(expression is not None and column in expression.not_null for expression in checks)
