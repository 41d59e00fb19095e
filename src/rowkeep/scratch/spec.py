"""Parses `embedded:…`: a directory, or a major below the project directory."""

from __future__ import annotations

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass
from rowkeep.errors import Misused

PREFIX = "embedded:"

EXAMPLES = ("embedded:", "embedded:17", "embedded:/path/to/directory")


@dataclass(frozen=True, slots=True)
class EmbeddedSpec:
    """The parts of an `embedded:` address; None if not given."""

    directory: str | None = None
    major: int | None = None


def is_embedded(database: str | None) -> bool:
    """Whether a `database` setting means the embedded server."""
    return database is not None and database.startswith(PREFIX)


def parse_spec(text: str) -> EmbeddedSpec:
    """Read `embedded:`, `embedded:MAJOR` or `embedded:DIR`. Misused for a major that Rowkeep does not support."""
    place = text.removeprefix(PREFIX)
    if not place:
        return EmbeddedSpec()
    if "://" in place or "@" in place:
        raise Misused(
            "embedded: takes a directory or a major, not an address",
            code=ErrorCode.DATABASE_URL_INVALID,
            instead=EXAMPLES,
        )
    if not place.isdecimal():
        return EmbeddedSpec(directory=place)
    from rowkeep.knowledge.program_locations import MAJORS

    if int(place) not in MAJORS:
        raise Misused(
            f"there is no embedded PostgreSQL {place}",
            code=ErrorCode.DATABASE_URL_INVALID,
            where=text,
            why=f"the majors are {', '.join(map(str, MAJORS))}",
            instead=(*EXAMPLES[:2], f"{PREFIX}./{place}   (for a directory of that name)"),
        )
    return EmbeddedSpec(major=int(place))
