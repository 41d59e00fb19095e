"""What a linter says about the corpus, in one shape for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.corpus import Case

SEVERE = frozenset({"data", "lock"})
"""Crying wolf with these promises, at a severity that is felt, is what drives people away from a linter."""


@dataclass(frozen=True, slots=True)
class Told:
    """One finding. line: from 1. promises: every promise that its rule speaks of; the first word of `rule` decides.

    severe: it counts as a finding of data or lock severity. aside: a matter of taste or habit, which names no danger.
    note: it is said and asks for nothing.
    """

    file: str
    line: int
    rule: str
    categories: frozenset[str]
    severe: bool
    aside: bool = False
    note: bool = False


class Linter(Protocol):
    """A linter that takes part."""

    name: str

    def install(self, cache: Path) -> None:
        """Make it ready, below `cache`; quick when it is ready already. Raises bench.cost.Failed."""

    def lint(self, cases: Sequence[Case]) -> Mapping[str, Sequence[Told]]:
        """What it says about each case, by the name of the case."""
