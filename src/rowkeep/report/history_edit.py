"""The result of `accept`, `mark` and `baseline`, as text and JSON."""

from __future__ import annotations

from rowkeep.domain.history.history_edit import HistoryEdit
from rowkeep.report.text.visible import join_lines


def format_history_edit(edit: HistoryEdit) -> str:
    """One line per migration."""
    head = f"database {edit.frame.database}"
    if edit.idle:
        return f"{head}: nothing to do, the history already says so"
    rows = [f"  {name}: accepted the file as it is now" for name in edit.accepted]
    rows += [f"  {item.name}: marked as applied (nothing was run)" for item in edit.entered]
    rows += [f"  {item.name}: no longer marked as applied (nothing was undone)" for item in edit.removed]
    return join_lines([f"{head}, history {edit.frame.history.key}", *rows])


def serialize_history_edit(edit: HistoryEdit) -> dict[str, object]:
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
