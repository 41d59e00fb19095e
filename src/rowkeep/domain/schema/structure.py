"""A database's structure as catalog items, and the differences between two."""

from __future__ import annotations

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass


@dataclass(frozen=True, slots=True, order=True)
class CatalogItem:
    """One fact of the catalog: kind (`column`, `index` …), identity (`public.users.email`), definition."""

    kind: str
    identity: str
    definition: str


@dataclass(frozen=True, slots=True)
class Structure:
    """The structure of a database: all its items in order, and a hash of them. major: of its server."""

    major: int
    items: tuple[CatalogItem, ...]
    digest: str


class DifferenceKind(Enum):
    """How an item differs."""

    MISSING = "missing"
    UNEXPECTED = "unexpected"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Difference:
    """One item that differs. expected is None for UNEXPECTED, found is None for MISSING."""

    change: DifferenceKind
    kind: str
    identity: str
    expected: str | None
    found: str | None


@dataclass(frozen=True, slots=True)
class HealthConcern:
    """A problem of a database that its definitions do not show. fault: it is wrong now, not only worth knowing.

    what: in words, after the name; fix: the statement or action that ends it.
    """

    kind: str
    identity: str
    what: str
    fix: str
    fault: bool


@dataclass(frozen=True, slots=True)
class ExpectedStructure:
    """The expected structure and its source. source: a deploy, a person, a file; at: UTC, ISO 8601."""

    structure: Structure
    source: str
    at: str
