"""Up, down and up again on a copy: what each migration's down part restores, and what it does not."""

from __future__ import annotations

from rowkeep.domain.deploy.loss import Loss
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.schema.structure import Difference


@dataclass(frozen=True, slots=True)
class ProvenDown:
    """The texts that a passed roundtrip proves: one migration, by its token checksums."""

    migration: str
    up: str
    down: str


@dataclass(frozen=True, slots=True)
class RoundtripStep:
    """One migration up, down and up. proven: its texts; None if it has no down part (or an empty one).

    back: how the structure after the down part differs from that before the up part (unknown for a migration that
    was applied before). again: how the structure after the second up differs from that after the first.
    missing: what is lost at the end; taken: what the down part removes.
    """

    migration: str
    proven: ProvenDown | None
    back: tuple[Difference, ...] = ()
    again: tuple[Difference, ...] = ()
    missing: tuple[Loss, ...] = ()
    taken: tuple[Loss, ...] = ()

    @property
    def same(self) -> bool:
        """Whether the structure is the same after each direction."""
        return not (self.back or self.again)


@dataclass(frozen=True, slots=True)
class Roundtrip:
    """The roundtrips in the order of the migrations.

    applied: they are applied in production, so each begins with down.
    """

    trips: tuple[RoundtripStep, ...]
    seconds: float
    applied: bool = False

    def losses_of(self, trip: RoundtripStep) -> tuple[Loss, ...]:
        """The losses to accept by name:

        for an applied migration everything its down part removes, because that is real data.
        """
        return trip.taken if self.applied else trip.missing
