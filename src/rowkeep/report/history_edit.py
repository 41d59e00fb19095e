"""What was settled without running anything, as text and as JSON."""

from __future__ import annotations

from rowkeep.domain.history.history_edit import HistoryEdit
from rowkeep.report.text.visible import join_lines


def format_settlement(edit: HistoryEdit) -> str:
    """A line for each migration, and what it means."""
    head = f"database {edit.frame.database}"
    if edit.idle:
        return f"{head}: nothing to do, it stands so already"
    said = [f"  {name}: its file is accepted as it is now" for name in edit.accepted]
    said += [f"  {item.name}: counts as applied (nothing was run)" for item in edit.entered]
    said += [f"  {item.name}: no longer counts as applied (nothing was undone)" for item in edit.removed]
    return join_lines([f"{head}, history {edit.frame.history.key}", *said])


def serialize_settlement(edit: HistoryEdit) -> dict[str, object]:
    """The same for `--output-format json`."""
    return {
        "database": edit.frame.database,
        "history": edit.frame.history.key,
        "accepted": list(edit.accepted),
        "marked_applied": [item.name for item in edit.entered],
        "marked_unapplied": [item.name for item in edit.removed],
        "because": edit.request.because,
        "warnings": list(edit.warnings),
    }
