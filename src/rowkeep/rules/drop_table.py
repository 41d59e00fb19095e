"""DROP TABLE deletes the table with all its rows.

## When

A table is dropped that somebody else may use: one that existed before this migration. A temporary table, a table that
the same migration has created, and in a down part the table that its up part created, are not findings.

## Harm

The rows are gone when the migration commits; only a backup brings them back. Every application server that still runs
the old version fails at its next query. The drop also waits for an `ACCESS EXCLUSIVE` lock on the table, and on every
table that it refers to by a foreign key; while it waits, every later query waits behind it.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
INSERT INTO orders VALUES (1, 'a@example.org');
```

## Unsafe

```sql
DROP TABLE orders;
```

```sql
DO $$
BEGIN
  EXECUTE 'DROP TABLE ' || quote_ident('orders');
END
$$;
```

## Safe

Retire it: move it into a schema of its own, take the rights away, and drop it weeks later, when you are sure that
nobody needs it.

```sql
CREATE SCHEMA IF NOT EXISTS retired;
ALTER TABLE orders SET SCHEMA retired;
REVOKE ALL ON SCHEMA retired FROM PUBLIC;
```

A partition is detached first, and a child of an inheritance ends it: until then its rows are read and written through
the parent.
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import ConstraintKind, DropObject, ObjectKind
from rowkeep.domain.schema.schema_state import Key, KnownTable
from rowkeep.knowledge.forms import recipes
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.knowledge.forms.retire import archive_schema, retire_table

_INDEXED = (ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE, ConstraintKind.EXCLUDE)

RULE = Rule(
    __name__,
    code="D001",
    category=Category.DATA,
    severity=Severity.ERROR,
    peers=(
        "squawk:ban-drop-table",
        "atlas:DS102",
        "pg-schema-diff:DELETES_DATA",
        "pgfence:drop-table",
        "pgls:banDropTable",
        "safe-migrate:irreversible-migration",
    ),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(DropObject)
def check(operation: DropObject, context: Context) -> Iterator[Violation]:
    """A table that this migration has not created."""
    if (
        operation.kind is not ObjectKind.TABLE
        or context.is_new(operation.name)
        or context.undoes(ObjectKind.TABLE, operation.name)
    ):
        return
    known = context.table(operation.name)
    parent = known.partition_of if known is not None else None
    which = "a table whose name is only known at run time" if operation.name.is_unknown else str(operation.name)
    yield Violation(
        operation.span,
        f"drops {which} with all its rows{_describe_other_locks(parent, context)}",
        _retire(operation, known, context),
    )


def _describe_other_locks(parent: Key | None, context: Context) -> str:
    """Say what else the drop of a partition locks."""
    if parent is None:
        return ""
    default = context.known.tables.get(parent)
    others = " and its DEFAULT partition" if default is not None and default.has_default else ""
    return f", and takes ACCESS EXCLUSIVE on {_write_key(parent)}{others}"


def _write_key(key: Key) -> str:
    schema, name = key
    return quote_name(name) if schema == "public" else f"{quote_name(schema)}.{quote_name(name)}"


def _retire(operation: DropObject, known: KnownTable | None, context: Context) -> str:
    tables, own = context.known.tables, context.key(operation.name)
    goes = {own[1], *(index.key[1] for index in context.known.indexes.of(own))}
    if known is not None:
        goes |= {item.name for item in known.constraints if item.constraint.kind in _INDEXED}
    indexes = context.known.indexes
    schema = archive_schema(lambda name: any((name, item) in tables or (name, item) in indexes for item in goes))
    parents = [_write_key(parent) for parent in known.parents] if known is not None else []
    steps = [f"{line};" for line in retire_table(str(operation.name), schema, parents)]
    parent = known.partition_of if known is not None else None
    if parent is None:
        return "\n".join(steps)
    detach = f"ALTER TABLE {_write_key(parent)} DETACH PARTITION {operation.name}"
    if parent in tables and tables[parent].has_default:
        # CONCURRENTLY is refused where there is a DEFAULT partition.
        return "\n".join((f"{detach};", *steps))
    return "\n".join((f"{detach} CONCURRENTLY;", recipes.NEXT, *steps))
