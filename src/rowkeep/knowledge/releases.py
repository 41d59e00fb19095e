"""PostgreSQL's releases: which majors are supported, until when, and the newest known minor."""

from __future__ import annotations

from functools import cache

from rowkeep.domain.frozen import dataclass
from rowkeep.knowledge.toml_tables import load_table


@dataclass(frozen=True, slots=True)
class Release:
    """A major. newest: its newest minor when this file was written; end: the last day of support, YYYY-MM-DD."""

    major: int
    newest: int
    end: str
    as_of: str


@cache
def list_releases() -> tuple[Release, ...]:
    """Every major that Rowkeep supports, oldest first."""
    data = load_table("releases.toml")
    as_of = data["as_of"].isoformat()
    return tuple(Release(row["number"], row["newest"], row["end"].isoformat(), as_of) for row in data["major"])


def find_release(major: int) -> Release | None:
    """The release `major`, if it is one that Rowkeep supports."""
    return next((each for each in list_releases() if each.major == major), None)
