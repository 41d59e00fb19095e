"""Something is dropped that a view, a foreign key or a trigger still needs.

## When

A table, view, column or function is dropped without `CASCADE`, and these files have created a view, foreign key or
trigger that needs it and that nothing has dropped; from PostgreSQL 15 on, also a column that a generated column is
computed from.

## Harm

PostgreSQL refuses, and the migration fails. The quick way out, `CASCADE`, drops everything that depends on it.

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

Change the view first.

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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import DropColumn, DropObject, ObjectKind
from rowkeep.domain.schema.dependents import generated_from
from rowkeep.domain.schema.schema_state import Key, KnownView
from rowkeep.domain.source import Span
from rowkeep.knowledge.forms.keywords import quote_name

RULE = Rule(
    __name__,
    code="T203",
    category=Category.TRANSACTION,
    severity=Severity.ERROR,
    peers=("safe-migrate:broken-compute",),
    claims=(LockClaim("customers", fails="2BP01"),),
)
MOST = 3
"""How many views a message names."""
_RELATIONS = (ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW)
_FUNCTIONS = (ObjectKind.FUNCTION, ObjectKind.ROUTINE)


@RULE.on(DropColumn)
def check_column(operation: DropColumn, context: Context) -> Iterator[Violation]:
    """A column that a view reads."""
    views = context.readers(operation.table, operation.column) if not operation.cascade else ()
    if views:
        yield _report_views(operation.span, f"{operation.table}.{operation.column}", views)
    generated = generated_from(context, operation.table, operation.column) if not operation.cascade else ()
    if generated and context.major >= 15:
        names = ", ".join(generated)
        yield Violation(
            operation.span,
            f"fails, because the generated column {names} is computed from {operation.table}.{operation.column}",
            "".join(f"ALTER TABLE {operation.table} DROP COLUMN {quote_name(name)};\n" for name in generated)
            + f"ALTER TABLE {operation.table} DROP COLUMN {operation.column};",
        )


def _report_views(span: Span, what: str, views: Sequence[KnownView]) -> Violation:
    names = [f"{'materialized ' if view.is_materialized else ''}view {view.key[1]}" for view in views]
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return Violation(
        span,
        f"fails, because the {', the '.join(names[:MOST])}{more} {'needs' if len(names) == 1 else 'need'} {what}",
        "".join(_write_drop(view) for view in reversed(views))
        + "-- then this statement, and then create each view again and grant the rights on it",
    )


def _write_drop(view: KnownView) -> str:
    return f"DROP {'MATERIALIZED ' if view.is_materialized else ''}VIEW {_write_key(view.key)};\n"


def _write_key(key: Key) -> str:
    schema, name = key
    return quote_name(name) if schema == "public" else f"{quote_name(schema)}.{quote_name(name)}"


@RULE.on(DropObject)
def check_object(operation: DropObject, context: Context) -> Iterator[Violation]:
    """A table or view that a view reads or a key refers to; a function that a trigger calls."""
    if operation.cascade:
        return
    if operation.kind in _RELATIONS:
        gone = {context.key(drop.name) for drop in _list_drops(operation, context)}
        views = [view for view in context.readers(operation.name) if view.key not in gone]
        if views:
            yield _report_views(operation.span, str(operation.name), views)
        for table, key in context.referring(operation.name):
            if table.key not in gone:
                yield Violation(
                    operation.span,
                    f"fails, because the foreign key {key.name} of {table.key[1]} refers to {operation.name}",
                    f"ALTER TABLE {_write_key(table.key)} DROP CONSTRAINT {quote_name(key.name)};",
                )
    elif operation.kind in _FUNCTIONS:
        for (table_key, trigger), function in context.known.triggers.items():
            if function == context.key(operation.name):
                on = table_key[1]
                yield Violation(
                    operation.span,
                    f"fails, because the trigger {trigger} on {on} calls {operation.name}",
                    f"DROP TRIGGER {quote_name(trigger)} ON {_write_key(table_key)};\nDROP FUNCTION {operation.name};",
                    doubtful=operation.arguments is not None and bool(operation.arguments),
                )


def _list_drops(operation: DropObject, context: Context) -> Iterator[DropObject]:
    """List what the same DROP statement drops as well."""
    for other in context.statement.operations if context.statement is not None else ():
        if isinstance(other, DropObject) and other.kind is operation.kind and other.inside == operation.inside:
            yield other
