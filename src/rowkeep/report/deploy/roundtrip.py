"""A roundtrip as text and JSON: what came back, what did not, and what the down part removes."""

from __future__ import annotations

from rowkeep.domain.deploy.roundtrip import Roundtrip, RoundtripStep
from rowkeep.report.differences import format_differences, serialize_differences
from rowkeep.report.events import format_seconds
from rowkeep.report.rehearsal import format_loss, serialize_losses
from rowkeep.report.text.visible import join_lines


def format_trip(roundtrip: Roundtrip, trip: RoundtripStep) -> str:
    """The lines of one migration."""
    if trip.proven is None:
        return f"  no down  {trip.migration}: it has no down part, or an empty one, and cannot be undone"
    lost = roundtrip.losses_of(trip)
    rows = [f"  {'as it was' if trip.same and not lost else 'NOT BACK'}  {trip.migration}"]
    for title, differences in (("after down", trip.back), ("after the second up", trip.again)):
        if differences:
            rows += [f"    {title}: {line}" for line in format_differences(differences).splitlines() if line]
    rows += [f"    not back: {format_loss(loss)}" for loss in trip.missing]
    rows += [f"    down removes: {format_loss(loss)}" for loss in trip.taken if loss not in trip.missing]
    return join_lines(rows)


def format_roundtrip(roundtrip: Roundtrip) -> str:
    """The whole roundtrip as text."""
    way = "down and up again" if roundtrip.applied else "up, down and up again"
    took = format_seconds(roundtrip.seconds)
    rows = [f"Roundtrip on the copy ({way}) in {took}: structure compared, rows and values counted."]
    return "\n".join([*rows, *(format_trip(roundtrip, trip) for trip in roundtrip.trips)])


def serialize_roundtrip(roundtrip: Roundtrip) -> dict[str, object]:
    """The same for JSON."""
    return {
        "seconds": roundtrip.seconds,
        "applied": roundtrip.applied,
        "trips": [
            {
                "migration": trip.migration,
                "has_down": trip.proven is not None,
                "same_structure": trip.same,
                "after_down": serialize_differences(trip.back),
                "after_second_up": serialize_differences(trip.again),
                "not_brought_back": serialize_losses(trip.missing),
                "down_takes": serialize_losses(trip.taken),
            }
            for trip in roundtrip.trips
        ],
    }
