"""A harmless type change that still reads every row: for a CHECK, or to rebuild an index.

## When

`ALTER COLUMN … TYPE` keeps the stored values (it is not a `type-change-rewrites-table`), but the column, as the
migrations show, is used in a `CHECK` constraint, in an index on an expression or with a `WHERE`, or in an index that
the new type or collation sorts in another way (`citext`, `timestamptz` for `timestamp`, `COLLATE`).

## Harm

Every row is read, or the index is rebuilt, under `ACCESS EXCLUSIVE`: nobody can read or write the table until that is
done.

## Given

```sql
CREATE TABLE partners (id bigint PRIMARY KEY, vat_id varchar(16) CHECK (length(vat_id) > 5), name varchar(40));
CREATE INDEX partners_name_idx ON partners (lower(name));
INSERT INTO partners SELECT n, 'DE123456', 'name' FROM generate_series(1, 100) AS n;
```

## Unsafe

```sql
ALTER TABLE partners ALTER COLUMN vat_id TYPE varchar(32);
```

```sql
ALTER TABLE partners ALTER COLUMN name TYPE text;
```

## Safe

Drop the constraint and add it again as `NOT VALID`, in the same transaction; validate it in the next one. Drop an
index and build it again `CONCURRENTLY`, before and after the change.

```sql
ALTER TABLE partners DROP CONSTRAINT partners_vat_id_check;
ALTER TABLE partners ALTER COLUMN vat_id TYPE varchar(32);
ALTER TABLE partners ADD CONSTRAINT partners_vat_id_check CHECK (length(vat_id) > 5) NOT VALID;
-- in the next migration:
ALTER TABLE partners VALIDATE CONSTRAINT partners_vat_id_check;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import ChangeType, ConstraintKind, TypeName
from rowkeep.knowledge.forms import recipes
from rowkeep.knowledge.types.type_change import RewriteNeed, TypeChange, base_type

RULE = Rule(
    __name__,
    code="L114",
    category=Category.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:changing-column-type",
        "strong_migrations:change_column_constraint",
        "online_migrations:change_column_constraint",
    ),
    claims=(LockClaim("partners", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)
_SORTS = {"varchar": "text", "cidr": "inet"}
"""Types that sort by the operators of another type."""


@RULE.on(ChangeType)
def check(operation: ChangeType, context: Context) -> Iterator[Violation]:
    """Constraints and indexes that use the column."""
    table, column = operation.table, operation.column
    before = context.column(table, column)
    known = context.table(table)
    if known is None or before is None or before.type is None or context.is_new(table):
        return
    if TypeChange.of(operation, before.type, context.setting("timezone")).rewrites(context.domain) is RewriteNeed.YES:
        return
    change = f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {operation.type};"
    for known_constraint in known.constraints:
        constraint = known_constraint.constraint
        if constraint.kind is ConstraintKind.CHECK and column in constraint.columns and not constraint.not_enforced:
            words = constraint.expression.text if constraint.expression is not None else "<condition>"
            name = recipes.join_names(known_constraint.name)
            yield Violation(
                operation.span,
                f"reads every row of {table} to check {name} again, while nobody can use the table",
                f"ALTER TABLE {table} DROP CONSTRAINT {name};\n{change}\n"
                f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({words}) NOT VALID;\n"
                f"{recipes.NEXT}\nALTER TABLE {table} VALIDATE CONSTRAINT {name};",
                doubtful=context.is_doubtful(table),
                faint=context.undoes_change(table, column),
            )
    sorted_anew = operation.has_collation or _changes_order(before.type, operation.type, context)
    names = [
        index.key[1]
        for index in context.known.indexes.of(known.key)
        if column.name in index.computed or (sorted_anew and column.name in index.columns)
    ]
    if names:
        yield Violation(
            operation.span,
            f"rebuilds {_shorten(names)} while nobody can read or write {table}",
            "\n".join(
                [
                    *(f"DROP INDEX CONCURRENTLY {recipes.join_names(name)};" for name in names),
                    f"{recipes.NEXT}\n{change}\n{recipes.NEXT}",
                    *(
                        f"CREATE INDEX CONCURRENTLY {recipes.join_names(name)} ON {table} (<columns>);"
                        for name in names
                    ),
                ]
            ),
            doubtful=context.is_doubtful(table),
            faint=context.undoes_change(table, column),
        )


def _shorten(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")


def _changes_order(old: TypeName, new: TypeName, context: Context) -> bool:
    before, after = base_type(old, context.domain).name, base_type(new, context.domain).name
    return _SORTS.get(before, before) != _SORTS.get(after, after)
