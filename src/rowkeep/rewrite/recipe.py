"""What is to be done with one statement: edits of its own text, and steps that follow in later files."""

from __future__ import annotations

from enum import Enum

from rowkeep.domain.finding import Edit
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.source import Span


class Kind(Enum):
    """What a rewriting is for."""

    ONLINE = "online"
    """The same change, without a stall."""
    REPEAT = "repeat"
    """The same change, which may run again."""
    RETIRE = "retire"
    """The rows stay, out of the way."""


@dataclass(frozen=True, slots=True)
class Step:
    """SQL for a later file, with its `;`. outside: no transaction can hold it, so the file is its own.

    head: of the ALTER TABLE with which each of its lines begins, where another step's clauses may join them.
    """

    sql: str
    outside: bool = False
    head: str = ""

    def joins(self, other: Step) -> bool:
        """Whether the two can be one: line by line, on the same table."""
        return bool(self.head) and self.head == other.head and self.sql.count("\n") == other.sql.count("\n")

    def joined(self, other: Step) -> Step:
        """Both as one, which reads the table once."""
        lines = zip(self.sql.split("\n"), other.sql.split("\n"), strict=True)
        told = (f"{one.removesuffix(';')},{two.removeprefix(self.head)}" for one, two in lines)
        return Step("\n".join(told), self.outside, self.head)


def validating(head: str, *constraints: str) -> Step:
    """The rows are checked."""
    return Step(f"{head} {', '.join(f'VALIDATE CONSTRAINT {name}' for name in constraints)};", head=head)


@dataclass(frozen=True, slots=True)
class Recipe:
    """edits: of the statement's own text. outside: what it becomes runs outside a transaction, in a file of its own.

    later: steps, each in a file after the one before. lasting: rows must be checked later, and the statement itself
    may stand beside others of its kind on the same table. below: edits of the down part of the same file.
    """

    edits: tuple[Edit, ...]
    outside: bool = False
    later: tuple[Step, ...] = ()
    lasting: bool = False
    below: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """A recipe for the statement `index` of the up part (None: of the down part).

    rules: whose findings it answers; span: where they stand.
    """

    index: int | None
    kind: Kind
    recipe: Recipe
    rules: tuple[str, ...]
    span: Span
