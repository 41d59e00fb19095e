"""Up, down and up again on a copy: what each migration's down part brings back, and what it does not."""

from __future__ import annotations

from dataclasses import dataclass

from rowkeep.domain.deploy.loss import Loss
from rowkeep.domain.schema.structure import Difference


@dataclass(frozen=True, slots=True)
class ProvenDown:
    """What a passed roundtrip stands for: the texts of one migration, by their token checksums."""

    migration: str
    up: str
    down: str


@dataclass(frozen=True, slots=True)
class RoundtripStep:
    """One migration there and back. proven: its texts; None where it has no down part, and nothing was tried.

    back: how the structure after the down part differs from that before the up part (not known for a migration that
    was applied before the trip began). again: how the structure after the second up differs from that after the first.
    missing: what was there before and is not back at the end; taken: what the down part takes away.
    """

    migration: str
    proven: ProvenDown | None
    back: tuple[Difference, ...] = ()
    again: tuple[Difference, ...] = ()
    missing: tuple[Loss, ...] = ()
    taken: tuple[Loss, ...] = ()

    @property
    def same(self) -> bool:
        """The structure is the same, there and back."""
        return not (self.back or self.again)


@dataclass(frozen=True, slots=True)
class Roundtrip:
    """All trips, in the order of the migrations. applied: they stood in production already, and began with down."""

    trips: tuple[RoundtripStep, ...]
    seconds: float
    applied: bool = False

    def losses_of(self, trip: RoundtripStep) -> tuple[Loss, ...]:
        """What must be accepted by name: of an applied migration all that its down part takes, for that is real."""
        return trip.taken if self.applied else trip.missing
