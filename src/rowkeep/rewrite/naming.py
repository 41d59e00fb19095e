"""Names as PostgreSQL makes them (makeObjectName, ChooseConstraintName, ChooseIndexName; 14 to 18)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

from rowkeep.domain.operation import Constraint, ConstraintKind, CreateIndex, Name

LONGEST = 63
"""Bytes of a name (NAMEDATALEN less one)."""

_ENDINGS = {
    ConstraintKind.CHECK: "check",
    ConstraintKind.NOT_NULL: "not_null",
    ConstraintKind.UNIQUE: "key",
    ConstraintKind.PRIMARY_KEY: "pkey",
    ConstraintKind.FOREIGN_KEY: "fkey",
}


def default_name(table: Name, constraint: Constraint) -> str:
    """The name that PostgreSQL gives a constraint without one, if it is free; '' for a kind that is not known here.

    The name of a CHECK contains a column only where the CHECK uses one column.
    """
    ending = _ENDINGS.get(constraint.kind, "")
    columns = tuple(column.name for column in constraint.columns)
    if constraint.kind is ConstraintKind.PRIMARY_KEY or (
        constraint.kind is ConstraintKind.CHECK and len(columns) != 1
    ):
        columns = ()
    return generated_name(table.name, join_identifiers(columns), ending) if ending else ""


def default_index(operation: CreateIndex) -> str:
    """The name of an index over plain columns that has none; '' where it depends on more."""
    columns = tuple(column.name if column is not None else "" for column in operation.columns)
    plain = all(columns) and not operation.include and len({*columns}) == len(columns)
    return generated_name(operation.table.name, join_identifiers(columns), "idx") if plain else ""


def free_name(first: str, second: str, ending: str, is_free: Callable[[str], bool]) -> str:
    """A name of our own that nothing else has: counted on, as PostgreSQL counts."""
    names = (generated_name(first, second, f"{ending}{number or ''}") for number in count())
    return next(name for name in names if is_free(name))


def join_identifiers(columns: Sequence[str]) -> str:
    """The part of a name that the columns make up. No column starts after the 63rd byte."""
    text = ""
    for column in columns:
        text += f"_{column}" if text else column
        if len(text.encode()) > LONGEST:
            break
    return text


def generated_name(first: str, second: str, ending: str) -> str:
    """`first_second_ending` in 63 bytes: the longer of the two is cut, never within a character."""
    room = LONGEST - len(ending.encode()) - (2 if second else 1)
    one, two = len(first.encode()), len(second.encode())
    while one + two > room:
        if one > two:
            one -= 1
        else:
            two -= 1
    return "_".join(part for part in (_cut(first, one), _cut(second, two), ending) if part)


def _cut(text: str, length: int) -> str:
    return text.encode()[:length].decode(errors="ignore")
