"""A foreign key whose columns no index begins with.

## When

At the end of a migration, no index, UNIQUE or primary key that these files tell of begins with the columns of a
foreign key that the migration has added. Where no file tells how the table was made and its columns were there
before, an index may be there as well, and nothing is said.

## Harm

Each DELETE or change of a key in the other table looks for rows that refer to it, and reads this table from end to
end to find them. That is unnoticed on a small table, and a stall on a large one.

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
```

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS reviews (
  id bigint PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE
);
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS reviews (
  id bigint PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS reviews_customer_id_idx ON reviews (customer_id);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import (
    Act,
    AddColumn,
    AddConstraint,
    Constraint,
    ConstraintKind,
    CreateTable,
    Name,
    Persistence,
    SectionEnds,
)
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule
from rowkeep.domain.source import Span

RULE = Rule(
    __name__,
    code="L209",
    promise=Promise.LOCK,
    severity=Severity.NOTE,
    peers=("eugene:E15", "pgfence:fk-missing-index", "splinter:unindexed_foreign_keys"),
)


@RULE.on(SectionEnds)
def check(act: SectionEnds, context: Context) -> Iterator[Fault]:
    """Every key that the section has added, in the light of everything that is there by now."""
    if context.is_down:
        return
    for earlier in context.before:
        if earlier.is_stored:
            continue
        for table, span, key in _keys(earlier):
            if key.kind is not ConstraintKind.FOREIGN_KEY or not key.columns or _is_led(table, key, context):
                continue
            columns = ", ".join(str(column) for column in key.columns)
            concurrently = "" if context.is_new(table) else "CONCURRENTLY "
            name = f"{table.name}_{'_'.join(column.name for column in key.columns)}_idx"
            yield Fault(
                span,
                f"every DELETE from {key.refers_to} reads all of {table}: no index is known to begin with {columns}",
                f"CREATE INDEX {concurrently}IF NOT EXISTS {name} ON {table} ({columns});",
            )


def _keys(act: Act) -> Iterator[tuple[Name, Span, Constraint]]:
    """The constraints that an act adds, with their table and their place."""
    match act:
        case AddConstraint(table=table, constraint=one):
            yield table, act.span, one
        case AddColumn(table=table, column=column):
            for one in column.constraints:
                yield table, column.span, one
        case CreateTable(table=table, columns=columns, constraints=own) if act.persistence is Persistence.PERMANENT:
            for column in columns:
                for one in column.constraints:
                    yield table, column.span, one
            for one in own:
                yield table, one.span, one


def _is_led(table: Name, key: Constraint, context: Context) -> bool:
    """Whether an index begins with the key's columns, in whatever order; also where nobody can tell."""
    known = context.table(table)
    if known is None:
        return True
    wanted = {column.name for column in key.columns}
    if known.made is None and known.live is None and not any(context.has_added(table, each) for each in key.columns):
        return True
    indexes = [index.columns for index in context.known.indexes.values() if index.table == known.key]
    unique = (ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE)
    owned = [each.constraint for each in known.constraints if each.constraint.kind in unique]
    indexes.extend(tuple(column.name for column in one.columns) for one in owned)
    return any(wanted == set(columns[: len(wanted)]) for columns in indexes)
