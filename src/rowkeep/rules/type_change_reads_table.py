"""A harmless change of type that still reads every row: for a CHECK, or to build an index anew.

## When

`ALTER COLUMN … TYPE` keeps the stored values (it is no `type-change-rewrites-table`), but the column, as the
migrations tell, stands in a `CHECK` constraint, in an index on an expression or with a `WHERE`, or in an index that
the new type or collation sorts in another way (`citext`, `timestamptz` for `timestamp`, `COLLATE`).

## Harm

Every row is read, or the index built, under `ACCESS EXCLUSIVE`: nobody reads or writes the table until that is done.

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

Take the constraint away and bring it back unvalidated, in the same transaction; validate it in the next one. An index
is dropped and built again `CONCURRENTLY`, around the change.

```sql
ALTER TABLE partners DROP CONSTRAINT partners_vat_id_check;
ALTER TABLE partners ALTER COLUMN vat_id TYPE varchar(32);
ALTER TABLE partners ADD CONSTRAINT partners_vat_id_check CHECK (length(vat_id) > 5) NOT VALID;
-- next migration
ALTER TABLE partners VALIDATE CONSTRAINT partners_vat_id_check;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import ChangeType, ConstraintKind, TypeName
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule
from rowkeep.knowledge import recipes
from rowkeep.knowledge.retype import Retype, Rewrite, base

RULE = Rule(
    __name__,
    code="L114",
    promise=Promise.LOCK,
    severity=Severity.ERROR,
    peers=(
        "squawk:changing-column-type",
        "strong_migrations:change_column_constraint",
        "online_migrations:change_column_constraint",
    ),
    claims=(Claim("partners", LockMode.ACCESS_EXCLUSIVE, scans=True),),
)
_SORTS = {"varchar": "text", "cidr": "inet"}
"""Types that sort by the operators of another one."""


@RULE.on(ChangeType)
def check(act: ChangeType, context: Context) -> Iterator[Fault]:
    """What hangs on the column."""
    table, column = act.table, act.column
    before = context.column(table, column)
    known = context.table(table)
    if known is None or before is None or before.type is None or context.is_new(table):
        return
    if Retype.of(act, before.type, context.setting("timezone")).rewrites(context.domain) is Rewrite.YES:
        return
    change = f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {act.type};"
    for each in known.constraints:
        constraint = each.constraint
        if constraint.kind is ConstraintKind.CHECK and column in constraint.columns and not constraint.not_enforced:
            words = constraint.expression.text if constraint.expression is not None else "…"
            name = recipes.joined(each.name)
            yield Fault(
                act.span,
                f"reads every row of {table} to check {name} anew, and nobody can use the table meanwhile",
                f"ALTER TABLE {table} DROP CONSTRAINT {name};\n{change}\n"
                f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({words}) NOT VALID;\n"
                f"{recipes.NEXT}\nALTER TABLE {table} VALIDATE CONSTRAINT {name};",
                doubtful=context.is_doubtful(table),
                faint=context.undoes_change(table, column),
            )
    sorted_anew = act.has_collation or _sorts_anew(before.type, act.type, context)
    names = [
        index.key[1]
        for index in context.known.indexes.of(known.key)
        if column.name in index.computed or (sorted_anew and column.name in index.columns)
    ]
    if names:
        yield Fault(
            act.span,
            f"builds {_few(names)} anew while nobody can read or write {table}",
            "\n".join(
                [
                    *(f"DROP INDEX CONCURRENTLY {recipes.joined(name)};" for name in names),
                    f"{recipes.NEXT}\n{change}\n{recipes.NEXT}",
                    *(f"CREATE INDEX CONCURRENTLY {recipes.joined(name)} ON {table} (…);" for name in names),
                ]
            ),
            doubtful=context.is_doubtful(table),
            faint=context.undoes_change(table, column),
        )


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")


def _sorts_anew(old: TypeName, new: TypeName, context: Context) -> bool:
    one, two = base(old, context.domain).name, base(new, context.domain).name
    return _SORTS.get(one, one) != _SORTS.get(two, two)
