"""A sequence gives other numbers than the application counts on.

## When

`RESTART`, `INCREMENT`, `MINVALUE`, `MAXVALUE`, `CYCLE` or a narrower type (`AS`) of a sequence that was there before,
or `setval()` with a number that is written down. `setval()` to what a query finds, like the highest key in use, is no
finding.

## Harm

Nobody can tell from the text where the sequence stands. Numbers that were given already come again: INSERTs fail on
the primary key, or two invoices have one number.

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

Take the number from what is there.

```sql
SELECT setval('order_numbers', (SELECT coalesce(max(id), 0) + 1 FROM orders), false);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AlterObject, CallFunction, Name, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="C210",
    promise=Promise.COMPATIBILITY,
    severity=Severity.ERROR,
    peers=("squawk:ban-alter-sequence-values",),
)
_VALUES = ("restart", "increment", "minvalue", "maxvalue", "cycle", "as")


@RULE.on(AlterObject)
def alter(act: AlterObject, context: Context) -> Iterator[Fault]:
    """ALTER SEQUENCE."""
    if act.kind is not ObjectKind.SEQUENCE or _is_own(act.name, context):
        return
    changed = [name for name, value in act.options if name in _VALUES and not (name == "as" and value == "int8")]
    if changed:
        yield Fault(
            act.span,
            f"{act.name} gives other numbers from now on ({', '.join(changed)}), perhaps some for the second time",
            f"SELECT setval('{act.name}', (SELECT coalesce(max(…), 0) + 1 FROM …), false);",
        )


@RULE.on(CallFunction)
def call(act: CallFunction, context: Context) -> Iterator[Fault]:
    """setval(sequence, number)."""
    if act.call.name.name != "setval" or len(act.call.arguments) < 2:
        return
    sequence, number = act.call.arguments[:2]
    if sequence is None or number is None or _is_own(_named(sequence), context):
        return
    yield Fault(
        act.span,
        f"{sequence} goes on behind {number}, wherever it stands, and perhaps gives numbers for the second time",
        f"SELECT setval('{sequence}', (SELECT coalesce(max(…), 0) + 1 FROM …), false);",
    )


def _named(text: str) -> Name:
    schema, _, name = text.rpartition(".")
    return Name(name.strip('"'), schema.strip('"') or None)


def _is_own(name: Name, context: Context) -> bool:
    """Whether this migration has made the sequence, or the table whose column it belongs to by its name."""
    if context.has_made(ObjectKind.SEQUENCE, name):
        return True
    words = name.name.removesuffix("_seq").split("_")
    owners = (Name("_".join(words[:end]), name.schema) for end in range(1, len(words)))
    return name.name.endswith("_seq") and any(context.is_new(owner) for owner in owners)
