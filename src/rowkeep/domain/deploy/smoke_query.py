"""A smoke query: a query of the project that shows whether the database is as the application needs it."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.source import Place


@dataclass(frozen=True, slots=True)
class SmokeQuery:
    """One statement. place: in its file; returns_rows: it is a query, so that its rows can be read one by one."""

    text: str
    place: Place
    returns_rows: bool = True


@dataclass(frozen=True, slots=True)
class SmokeResult:
    """What became of a smoke query. why: the reason why it failed, None if it passed."""

    query: SmokeQuery
    why: str | None
    seconds: float

    @property
    def passed(self) -> bool:
        """No error, and no row with a boolean that is false or NULL."""
        return self.why is None
