"""A name must be quoted wherever it is used.

## When

A table, column, index, view or function is created with a name that SQL only accepts in quotes: with capitals, spaces
or special characters, or a reserved word.

## Harm

Without its quotes the name means something else: `Orders` is `orders`. Everybody who writes a query by hand stumbles
over it.

## Unsafe

```sql
CREATE TABLE IF NOT EXISTS "Orders" ("Id" bigint PRIMARY KEY);
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY);
```
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AddColumn, CreateFunction, CreateIndex, CreateTable, CreateView, Name, Operation

RULE = Rule(
    __name__,
    code="Y308",
    category=Category.STYLE,
    severity=Severity.WARNING,
    peers=("atlas:NM101", "atlas:NM102", "atlas:NM103", "atlas:NM104", "atlas:NM105", "atlas:NM106"),
)
_CAPITAL = compile_later(r"(?<!^)(?=[A-Z])")
_ODD = compile_later(r"[^a-z0-9_]+")


def check(operation: Operation, context: Context) -> Iterator[Violation]:
    """The names that the operation creates."""
    for name in _list_new_names(operation):
        if str(name).endswith('"'):
            plain = _ODD.sub("_", _CAPITAL.sub("_", name.name).lower()).strip("_")
            plain = f"{plain}_" if plain == name.name else plain
            hint = Sentence(f"name it {plain}" if plain else "give it a name of plain lower-case letters")
            yield Violation(operation.span, f"{name} needs quotes wherever it is used", hint)


def _list_new_names(operation: Operation) -> Iterable[Name]:
    match operation:
        case CreateTable(table=table, columns=columns):
            return (table, *(column.name for column in columns))
        case AddColumn(column=column):
            return (column.name,)
        case CreateIndex(index=Name() as index):
            return (index,)
        case CreateView(view=view):
            return (view,)
        case CreateFunction(function=function):
            return (function,)
    return ()


for _kind in (AddColumn, CreateFunction, CreateIndex, CreateTable, CreateView):
    RULE.on(_kind)(check)
