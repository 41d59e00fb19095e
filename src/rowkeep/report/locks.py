"""What a run's locks did to others, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable

from rowkeep.domain.count import count_text
from rowkeep.domain.lint.lock import LockTiming
from rowkeep.report.events import format_seconds

SHOWN = 5
"""Tables in the text; the JSON document has all."""
UNFELT_S = 0.001
"""A shorter wait and hold together is nobody's stall; the JSON document has it."""


def format_locks(locks: Iterable[LockTiming]) -> list[str]:
    """A line a table: the longest wait and the longest hold of the run, the worst first."""
    felt = (held for held in longest_by_table(locks) if _felt_s(held) >= UNFELT_S)
    worst = sorted(felt, key=_felt_s, reverse=True)
    lines = [f"lock on {held.table} ({held.mode.sql}): {format_felt(held)}" for held in worst[:SHOWN]]
    if len(worst) > SHOWN:
        lines.append(f"and locks on {count_text(len(worst) - SHOWN, 'other table')} (--output-format json has all)")
    return lines


def _felt_s(held: LockTiming) -> float:
    return held.hold_s + (held.wait_s or 0)


def format_felt(held: LockTiming) -> str:
    """`waited 43 ms at the longest, held 8 ms`, or `held 8 ms, waiting for it included`."""
    if held.wait_s is None:
        return f"held {format_seconds(held.hold_s)}, waiting for it included"
    tried = f" of {count_text(held.tries, 'try', 'tries')}" if held.tries > 1 else ""
    return f"waited {format_seconds(held.wait_s)} at the longest{tried}, held {format_seconds(held.hold_s)}"


def longest_by_table(locks: Iterable[LockTiming]) -> tuple[LockTiming, ...]:
    """The longest of each table, over all migrations, in the order in which the tables came."""
    found: dict[str, LockTiming] = {}
    for new in locks:
        old = found.get(new.table)
        found[new.table] = old.joined(new, new.tries) if old is not None else new
    return tuple(found.values())


def serialize_held(held: LockTiming) -> dict[str, object]:
    """One lock for JSON, without its migration. wait_s: null where the hold holds it, too."""
    return {
        "table": held.table,
        "mode": held.mode.value,
        "wait_s": held.wait_s,
        "hold_s": held.hold_s,
        "tries": held.tries,
    }
