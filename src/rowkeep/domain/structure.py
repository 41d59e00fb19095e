"""A database's structure as rows, and what differs between two."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """One fact of the catalog: kind (`column`, `index` …), identity (`public.users.email`), definition."""

    kind: str
    identity: str
    definition: str


@dataclass(frozen=True, slots=True)
class Structure:
    """A fingerprint of a database: all its items in order, and a hash over them. major: of the server that told it."""

    major: int
    items: tuple[Item, ...]
    digest: str


class Change(Enum):
    """How an item differs."""

    MISSING = "missing"
    UNEXPECTED = "unexpected"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Difference:
    """One item that is not as it should be. expected is None for UNEXPECTED, found is None for MISSING."""

    change: Change
    kind: str
    identity: str
    expected: str | None
    found: str | None
