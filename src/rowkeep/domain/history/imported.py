"""Migrations that another tool began: where each comes from, and what that tool's history says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rowkeep.domain.migration import Migration

HEAD = "-- Imported from "
_HEAD = re.compile(r"-- Imported from (?P<tool>[a-z-]+): (?P<name>[^\r\n]+?)[ \t]*(?:\r?\n|$)")

BY_NAME = frozenset({"flyway", "prisma"})
"""Tools whose history holds the whole name; that of the others holds the number in front."""


@dataclass(frozen=True, slots=True)
class ForeignOrigin:
    """The tool (a layout's name) and the name that a migration had there."""

    tool: str
    name: str

    @property
    def key(self) -> str:
        """What the tool's history calls it: the whole name, or its number without hyphens and leading zeros."""
        if self.tool in BY_NAME:
            return self.name
        return normalize_version(self.name.partition("_")[0])


def normalize_version(version: str) -> str:
    """A version as a number is written, so that `0007`, `7` and `2019-02-26-002946` are told alike everywhere."""
    digits = version.replace("-", "")
    return str(int(digits)) if digits.isdecimal() else version


def parse_origin(migration: Migration) -> ForeignOrigin | None:
    """What the first line of an imported migration says; None for one that was written here."""
    found = _HEAD.match(migration.source.text)
    return ForeignOrigin(found["tool"], found["name"]) if found else None


@dataclass(frozen=True, slots=True)
class ForeignHistoryRow:
    """A row of another tool's history. done: False for one that the tool began and did not finish."""

    key: str
    done: bool = True
