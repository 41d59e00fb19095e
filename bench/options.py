"""What a run of the bench may choose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """quick: fewer runs and fewer migrations. peers: names of those to compare with, None for all.

    runs: how often everything that is compared runs; None leaves it to the measure. cache: where peers are installed,
    outside the tree. say: tells a person how far it is. migrations: a real project's, for the measures that read some.
    """

    quick: bool
    peers: tuple[str, ...] | None
    runs: int | None
    cache: Path
    say: Callable[[str], None]
    migrations: Path | None = None

    def wants(self, peer: str) -> bool:
        """Whether `peer` takes part."""
        return self.peers is None or peer in self.peers
