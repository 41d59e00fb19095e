"""A roundtrip in words and as data: what came back, what did not, and what a down part takes away."""

from __future__ import annotations

from rowkeep.domain.roundtrip import Roundtrip, Trip
from rowkeep.report.differences import differences_data, differences_text
from rowkeep.report.events import seconds_text
from rowkeep.report.rehearsal import loss_text, losses_data
from rowkeep.report.visible import joined


def trip_text(roundtrip: Roundtrip, trip: Trip) -> str:
    """One migration in as many lines as it needs."""
    if trip.proven is None:
        return f"  no way   {trip.migration}: it has no down part, and cannot be undone"
    lost = roundtrip.lost(trip)
    rows = [f"  {'as it was' if trip.same and not lost else 'NOT BACK'}  {trip.migration}"]
    for title, differences in (("after down", trip.back), ("after the second up", trip.again)):
        if differences:
            rows += [f"    {title}: {line}" for line in differences_text(differences).splitlines() if line]
    rows += [f"    not back: {loss_text(loss)}" for loss in trip.missing]
    rows += [f"    down takes: {loss_text(loss)}" for loss in trip.taken if loss not in trip.missing]
    return joined(rows)


def roundtrip_text(roundtrip: Roundtrip) -> str:
    """The whole roundtrip for people."""
    way = "down and up again" if roundtrip.applied else "up, down and up again"
    took = seconds_text(roundtrip.seconds)
    rows = [f"Roundtrip on the copy ({way}) in {took}: structure compared, rows and values counted."]
    return "\n".join([*rows, *(trip_text(roundtrip, trip) for trip in roundtrip.trips)])


def roundtrip_data(roundtrip: Roundtrip) -> dict[str, object]:
    """The same for JSON."""
    return {
        "seconds": roundtrip.seconds,
        "applied": roundtrip.applied,
        "trips": [
            {
                "migration": trip.migration,
                "has_down": trip.proven is not None,
                "same_structure": trip.same,
                "after_down": differences_data(trip.back),
                "after_second_up": differences_data(trip.again),
                "not_brought_back": losses_data(trip.missing),
                "down_takes": losses_data(trip.taken),
            }
            for trip in roundtrip.trips
        ],
    }
