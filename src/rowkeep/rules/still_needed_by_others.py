"""Something is dropped that a view, a foreign key or a trigger still needs.

## When

A table, view, column or function is dropped without `CASCADE`, and these files have made a view, foreign key or
trigger that needs it and that nothing has dropped; from PostgreSQL 15 on, also a column from which another one is
generated.

## Harm

PostgreSQL refuses, and the migration fails. The quick way out, `CASCADE`, takes along what is needed.

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY, email text, phone text);
CREATE VIEW phones AS SELECT id, phone FROM customers;
```

## Unsafe

```sql
-- rowkeep: allow drop-column because nobody calls any more
ALTER TABLE customers DROP COLUMN phone;
```

## Safe

Put the view in order first.

```sql
-- rowkeep: allow drop-column, drop-view because nobody calls any more
DROP VIEW phones;
CREATE VIEW phones AS SELECT id, email FROM customers;
-- rowkeep: allow drop-column because nobody calls any more
ALTER TABLE customers DROP COLUMN phone;
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rowkeep.domain.act import DropColumn, DropObject, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.dependents import generated_from
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.known import KnownView
from rowkeep.domain.rule import Claim, Rule
from rowkeep.domain.source import Span
from rowkeep.knowledge.keywords import quoted

RULE = Rule(
    __name__,
    code="T203",
    promise=Promise.TRANSACTION,
    severity=Severity.ERROR,
    peers=("safe-migrate:broken-compute",),
    claims=(Claim("customers", fails="2BP01"),),
)
MOST = 3
"""Views that a message names."""
_RELATIONS = (ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW)
_FUNCTIONS = (ObjectKind.FUNCTION, ObjectKind.ROUTINE)


@RULE.on(DropColumn)
def column(act: DropColumn, context: Context) -> Iterator[Fault]:
    """A column that a view reads."""
    views = context.readers(act.table, act.column) if not act.cascade else ()
    if views:
        yield _fault(act.span, f"{act.table}.{act.column}", views)
    generated = generated_from(context, act.table, act.column) if not act.cascade else ()
    if generated and context.major >= 15:
        names = ", ".join(generated)
        yield Fault(
            act.span,
            f"fails, because the generated column {names} is computed from {act.table}.{act.column}",
            "".join(f"ALTER TABLE {act.table} DROP COLUMN {quoted(name)};\n" for name in generated) + "-- the change",
        )


def _fault(span: Span, what: str, views: Sequence[KnownView]) -> Fault:
    names = [f"{'materialized ' if view.is_materialized else ''}view {view.key[1]}" for view in views]
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return Fault(
        span,
        f"fails, because the {', the '.join(names[:MOST])}{more} cannot be without {what}",
        "".join(f"DROP {name};\n" for name in reversed(names)) + "-- the change; then CREATE VIEW … and GRANT … anew",
    )


@RULE.on(DropObject)
def thing(act: DropObject, context: Context) -> Iterator[Fault]:
    """A table or view that a view reads or a key refers to; a function that a trigger calls."""
    if act.cascade:
        return
    if act.kind in _RELATIONS:
        gone = {context.key(each.name) for each in _beside(act, context)}
        views = [view for view in context.readers(act.name) if view.key not in gone]
        if views:
            yield _fault(act.span, str(act.name), views)
        for table, key in context.referring(act.name):
            if table.key not in gone:
                yield Fault(
                    act.span,
                    f"fails, because the foreign key {key.name} of {table.key[1]} refers to {act.name}",
                    f"ALTER TABLE {table.key[1]} DROP CONSTRAINT {key.name};",
                )
    elif act.kind in _FUNCTIONS:
        for (table_key, trigger), function in context.known.triggers.items():
            if function == context.key(act.name):
                on = table_key[1]
                yield Fault(
                    act.span,
                    f"fails, because the trigger {trigger} on {on} calls {act.name}",
                    f"DROP TRIGGER {trigger} ON {on};\nDROP FUNCTION {act.name};",
                    doubtful=act.arguments is not None and bool(act.arguments),
                )


def _beside(act: DropObject, context: Context) -> Iterator[DropObject]:
    """What the same DROP statement takes as well."""
    for other in context.statement.acts if context.statement is not None else ():
        if isinstance(other, DropObject) and other.kind is act.kind and other.inside == act.inside:
            yield other
