"""A new column of a domain with a constraint: every row of the table is rewritten.

## When

A column is added whose type is a domain with a `CHECK` or `NOT NULL`, its own or that of a domain below it, with or
without a default. A domain without a constraint, and an array of a domain, are not findings. A type that the
migrations do not define gets a note, because it may be such a domain.

## Harm

PostgreSQL (14 to 18) checks the domain's constraint for each row. For that it rewrites the table and all its indexes
under `ACCESS EXCLUSIVE`: nobody can read or write the table until that is done.

## Given

```sql
CREATE DOMAIN percent AS integer CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
INSERT INTO orders SELECT n, 'a@example.org' FROM generate_series(1, 100) AS n;
```

## Unsafe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS discount percent DEFAULT 0;
```

## Safe

Give the column the plain type, and the table the constraint.

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS discount integer DEFAULT 0;
ALTER TABLE orders ADD CONSTRAINT orders_discount_percent CHECK (discount BETWEEN 0 AND 100) NOT VALID;
-- in the next migration:
ALTER TABLE orders VALIDATE CONSTRAINT orders_discount_percent;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import AddColumn, Name, TypeName
from rowkeep.knowledge.forms import recipes
from rowkeep.knowledge.types.known_types import is_known_type

RULE = Rule(
    __name__,
    code="L104",
    category=Category.LOCK,
    severity=Severity.ERROR,
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE, rewrites=True, scans=True),),
)


@RULE.on(AddColumn)
def check(operation: AddColumn, context: Context) -> Iterator[Violation]:
    """A type that has to be checked row by row."""
    kind = operation.column.type
    if kind is None or not context.adds_to_known(operation):
        return
    domain = context.domain(kind)
    unknown = domain is None and not _is_no_domain(kind, context)
    if not unknown and (domain is None or not domain.is_constrained):
        return
    table, column = operation.table, operation.column.name
    base = domain.type if domain is not None else "<type>"
    name = recipes.join_names(table.name, column.name, "check")
    if_so = f", if {kind} is a domain with a constraint" if unknown else ""
    yield Violation(
        operation.span,
        f"rewrites every row of {table} to check {column} against the domain {kind}{if_so}",
        f"ALTER TABLE {table} ADD COLUMN {column} {base};\n"
        f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (<condition>) NOT VALID;\n"
        f"{recipes.NEXT}\nALTER TABLE {table} VALIDATE CONSTRAINT {name};",
        doubtful=context.is_doubtful(table),
        faint=unknown,
    )


def _is_no_domain(kind: TypeName, context: Context) -> bool:
    """Whether it is known to be no domain: PostgreSQL's own, an array, an enum or a row type of the project."""
    if kind.is_array or is_known_type(kind) or kind.name == "":
        return True
    made = context.known.made
    keys = [(kind.schema, kind.name)] if kind.schema else [(schema, kind.name) for schema in context.known.search_path]
    name = Name(kind.name, kind.schema)
    return any(("type", key, "") in made for key in keys) or context.table(name) is not None
