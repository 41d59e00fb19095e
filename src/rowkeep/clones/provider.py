"""What a provider of clones can do. The rehearsal knows only this."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from rowkeep.domain.deploy.backup import Backup
from rowkeep.domain.deploy.golden_copy import CloneRoom, CopyMethod, GoldenCopy
from rowkeep.domain.event import Emit
from rowkeep.domain.frozen import dataclass
from rowkeep.scratch import Server


@dataclass(frozen=True, slots=True)
class RestoredCluster:
    """A throw-away server with a restored and proven backup on it, before anything else has run there.

    database: the restored one; history: a hash of the migrations that are applied there; restore_seconds: how long
    restoring took.
    """

    server: Server
    backup: Backup
    database: str
    history: str
    restore_seconds: float


@dataclass(frozen=True, slots=True)
class Clone:
    """A clone that runs. It is removed at the end of its block. seconds: until it accepted connections."""

    server: Server
    golden: GoldenCopy
    method: CopyMethod
    seconds: float


class CloneProvider(Protocol):
    """Makes golden copies, and clones of them. The age of the data is `GoldenCopy.taken_at`."""

    def golden(self, source: RestoredCluster) -> GoldenCopy | None:
        """Keep the restored cluster as a golden copy; None where there is no room. The server then runs again."""

    def clone(self, golden: GoldenCopy, emit: Emit) -> AbstractContextManager[Clone]:
        """Start a server on a clone of the golden copy. Raises Unreachable where that is not possible."""

    def drop(self, golden: GoldenCopy) -> bool:
        """Remove the golden copy. False where somebody is cloning it now."""

    def room(self, golden: GoldenCopy) -> CloneRoom:
        """The room that a clone needs, and what is free."""
