"""A swap of two databases as text and JSON."""

from __future__ import annotations

from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.backup import RestoredBackup
from rowkeep.domain.deploy.swap import Swap
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.report.backups import format_restored_heading
from rowkeep.report.text.visible import join_lines


def format_swap(swap: Swap, restored: RestoredBackup | None = None) -> str:
    """What changed places, where the replaced database is, and how to go back. restored: what was restored first."""
    rows = [
        *((*format_restored_heading(restored), "") if restored else ()),
        f"{swap.database} is now what {swap.incoming} was; {count_text(swap.ended, 'session')} ended",
        f"{swap.kept} is the database that was replaced, with everything written to it; it can be connected to",
        *(f"note: {remark}" for remark in swap.remarks),
        "",
        "To go back:",
        "  rowkeep restore --swap-back",
        "Rows that only it has can be read there. When you no longer need it:",
        f"  DROP DATABASE {quote_name(swap.kept)};",
    ]
    return join_lines(rows)


def serialize_swap(swap: Swap) -> dict[str, object]:
    """The same as data."""
    return {
        "database": swap.database,
        "incoming": swap.incoming,
        "kept": swap.kept,
        "ended_sessions": swap.ended,
        "remarks": list(swap.remarks),
    }
