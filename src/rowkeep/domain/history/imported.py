"""Migrations imported from another tool: their origin, and that tool's history of them."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Migration

HEAD = "-- Imported from "
_HEAD = compile_later(r"-- Imported from (?P<tool>[a-z-]+): (?P<name>[^\r\n]+?)[ \t]*(?:\r?\n|$)")

BY_NAME = frozenset({"flyway", "prisma"})
"""Tools whose history holds the whole name; the others store the leading number."""


@dataclass(frozen=True, slots=True)
class ForeignOrigin:
    """The tool (name of a layout) and the name of the migration there."""

    tool: str
    name: str

    @property
    def key(self) -> str:
        """Its key in the tool's history: the whole name, or its number without hyphens and leading zeros."""
        if self.tool in BY_NAME:
            return self.name
        return normalize_version(self.name.partition("_")[0])


def normalize_version(version: str) -> str:
    """A version in one form, without hyphens and leading zeros: `0007` is `7`."""
    digits = version.replace("-", "")
    return str(int(digits)) if digits.isdecimal() else version


def parse_origin(migration: Migration) -> ForeignOrigin | None:
    """Read the origin from the first line of an imported migration. None for a migration of this project."""
    found = _HEAD.match(migration.source.text)
    return ForeignOrigin(found["tool"], found["name"]) if found else None


@dataclass(frozen=True, slots=True)
class ForeignHistoryRow:
    """A row of another tool's history. done: False if the tool began it and did not finish."""

    key: str
    done: bool = True
