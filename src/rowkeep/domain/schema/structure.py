"""A database's structure as rows, and what differs between two."""

from __future__ import annotations

from enum import Enum

from rowkeep.domain.frozen import dataclass


@dataclass(frozen=True, slots=True, order=True)
class CatalogItem:
    """One fact of the catalog: kind (`column`, `index` …), identity (`public.users.email`), definition."""

    kind: str
    identity: str
    definition: str


@dataclass(frozen=True, slots=True)
class Structure:
    """A fingerprint of a database: all its items in order, and a hash over them. major: of the server that told it."""

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
    """One item that is not as it should be. expected is None for UNEXPECTED, found is None for MISSING."""

    change: DifferenceKind
    kind: str
    identity: str
    expected: str | None
    found: str | None


@dataclass(frozen=True, slots=True)
class HealthConcern:
    """Something about a database's state that no definition tells. fault: it is wrong now, not only worth knowing.

    what: in words, after the name; mend: the statement or action that ends it.
    """

    kind: str
    identity: str
    what: str
    fix: str
    fault: bool


@dataclass(frozen=True, slots=True)
class ExpectedStructure:
    """What the structure should be, and who says so. source: a deploy, a person, a file; at: UTC, ISO 8601."""

    structure: Structure
    source: str
    at: str
