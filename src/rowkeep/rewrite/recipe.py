"""What is to be done with one statement: edits of its own text, and steps that follow in later files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rowkeep.domain.finding import Edit


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
    """SQL for a later file, with its `;`. outside: no transaction can hold it, so the file is its own."""

    sql: str
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """edits: of the statement's own text. outside: what it becomes runs outside a transaction, in a file of its own.

    later: steps, each in a file after the one before. lasting: rows must be checked later, and the statement itself
    may stand beside others of its kind on the same table.
    """

    edits: tuple[Edit, ...]
    outside: bool = False
    later: tuple[Step, ...] = ()
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """A recipe for the statement `index` of the up part. rules: whose findings it answers."""

    index: int
    kind: Kind
    recipe: Recipe
    rules: tuple[str, ...]
