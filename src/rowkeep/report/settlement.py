"""What was settled without running anything, as text and as JSON."""

from __future__ import annotations

from rowkeep.domain.settlement import Settlement
from rowkeep.report.visible import joined


def settlement_text(settlement: Settlement) -> str:
    """A line for each migration, and what it means."""
    head = f"database {settlement.frame.database}"
    if settlement.idle:
        return f"{head}: nothing to do, it stands so already"
    said = [f"  {name}: its file is accepted as it is now" for name in settlement.accepted]
    said += [f"  {item.name}: counts as applied (nothing was run)" for item in settlement.entered]
    said += [f"  {item.name}: no longer counts as applied (nothing was undone)" for item in settlement.removed]
    return joined([f"{head}, history {settlement.frame.history.key}", *said])


def settlement_data(settlement: Settlement) -> dict[str, object]:
    """The same for `--output-format json`."""
    return {
        "database": settlement.frame.database,
        "history": settlement.frame.history.key,
        "accepted": list(settlement.accepted),
        "marked_applied": [item.name for item in settlement.entered],
        "marked_unapplied": [item.name for item in settlement.removed],
        "because": settlement.wish.because,
        "warnings": list(settlement.warnings),
    }
