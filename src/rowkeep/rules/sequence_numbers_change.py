"""A sequence gives out other numbers than the application expects.

## When

`RESTART`, `INCREMENT`, `MINVALUE`, `MAXVALUE`, `CYCLE` or a narrower type (`AS`) of a sequence that existed before, or
`setval()` with a literal number. `setval()` to the result of a query, such as the highest key in use, is not a
finding.

## Harm

The text does not show where the sequence stands. It may give out used numbers again: INSERTs fail on the primary key,
or two invoices get the same number.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE SEQUENCE order_numbers;
```

## Unsafe

```sql
ALTER SEQUENCE order_numbers RESTART WITH 1000;
```

```sql
SELECT setval('order_numbers', 1000);
```

## Safe

Compute the number from the rows.

```sql
SELECT setval('order_numbers', (SELECT coalesce(max(id), 0) + 1 FROM orders), false);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AlterObject, CallFunction, Name, ObjectKind

RULE = Rule(
    __name__,
    code="C210",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=("squawk:ban-alter-sequence-values",),
)
_VALUES = ("restart", "increment", "minvalue", "maxvalue", "cycle", "as")


@RULE.on(AlterObject)
def check_alter(operation: AlterObject, context: Context) -> Iterator[Violation]:
    """ALTER SEQUENCE."""
    if operation.kind is not ObjectKind.SEQUENCE or _is_own(operation.name, context):
        return
    changed = [name for name, value in operation.options if name in _VALUES and not (name == "as" and value == "int8")]
    if changed:
        yield Violation(
            operation.span,
            f"{operation.name} gives out other numbers from now on ({', '.join(changed)}), perhaps some of them again",
            _write_hint(str(operation.name)),
        )


@RULE.on(CallFunction)
def check_call(operation: CallFunction, context: Context) -> Iterator[Violation]:
    """setval(sequence, number)."""
    if operation.call.name.name != "setval" or len(operation.call.arguments) < 2:
        return
    sequence, number = operation.call.arguments[:2]
    if sequence is None or number is None or _is_own(_parse_name(sequence), context):
        return
    yield Violation(
        operation.span,
        f"{sequence} continues after {number}, wherever it stands, and perhaps gives out numbers again",
        _write_hint(sequence),
    )


def _write_hint(sequence: str) -> str:
    quoted = sequence.replace("'", "''")
    return f"SELECT setval('{quoted}', (SELECT coalesce(max(<column>), 0) + 1 FROM <table>), false);"


def _parse_name(text: str) -> Name:
    schema, _, name = text.rpartition(".")
    return Name(name.strip('"'), schema.strip('"') or None)


def _is_own(name: Name, context: Context) -> bool:
    """Whether this migration has created the sequence, or the table whose column it belongs to by its name."""
    if context.has_made(ObjectKind.SEQUENCE, name):
        return True
    words = name.name.removesuffix("_seq").split("_")
    owners = (Name("_".join(words[:end]), name.schema) for end in range(1, len(words)))
    return name.name.endswith("_seq") and any(context.is_new(owner) for owner in owners)
