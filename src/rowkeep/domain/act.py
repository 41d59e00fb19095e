"""What a statement does to the database, as values. Rules see acts, never the parse tree."""

from __future__ import annotations

from dataclasses import dataclass

from rowkeep.domain.source import Span


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a statement does. span: the words that say so, in characters of the file."""

    span: Span


@dataclass(frozen=True, slots=True)
class Unmodelled(Act):
    """A statement that no act describes yet. node: PostgreSQL's name of it (`CreateStatsStmt`)."""

    node: str


@dataclass(frozen=True, slots=True)
class Unreadable(Act):
    """A statement that PostgreSQL's grammar does not take. message: the parser's own words."""

    message: str
