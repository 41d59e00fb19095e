"""A reviewed plan and what it was made from, to detect whether anything changed since."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.history.environment import Identity
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Request, TransactionMode


@dataclass(frozen=True, slots=True)
class ReviewedStep:
    """One migration of the plan. token: the checksum of its tokens, which ignores comments and layout."""

    migration: str
    direction: Direction
    mode: TransactionMode
    token: str


@dataclass(frozen=True, slots=True)
class Review:
    """What the user reviewed. history: its table; rows: its rows as (id, name), in order; schemas: the search path.

    accepted: migrations whose edit or deletion the plan accepts.
    """

    request: Request
    identity: Identity
    major: int
    schemas: tuple[str, ...]
    history: str
    rows: tuple[tuple[int, str], ...]
    steps: tuple[ReviewedStep, ...]
    accepted: tuple[str, ...] = ()
