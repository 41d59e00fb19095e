"""The locks of a run and how they affected others, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterable

from rowkeep.domain.count import count_text
from rowkeep.domain.lint.lock import LockTiming
from rowkeep.report.events import format_seconds

SHOWN = 5
"""Tables in the text; JSON has all."""
NOTICEABLE_S = 0.001
"""Shorter waits and holds are not shown; JSON has them."""


def format_locks(locks: Iterable[LockTiming]) -> list[str]:
    """One line per table: the longest wait and the longest hold of the run, the worst first."""
    noticeable = (lock for lock in longest_by_table(locks) if _total_s(lock) >= NOTICEABLE_S)
    worst = sorted(noticeable, key=_total_s, reverse=True)
    lines = [f"lock on {lock.table} ({lock.mode.sql}): {format_lock_timing(lock)}" for lock in worst[:SHOWN]]
    if len(worst) > SHOWN:
        lines.append(f"and locks on {count_text(len(worst) - SHOWN, 'other table')} (--output-format json has all)")
    return lines


def _total_s(lock: LockTiming) -> float:
    return lock.hold_s + (lock.wait_s or 0)


def format_lock_timing(lock: LockTiming) -> str:
    """`waited up to 43 ms, held 8 ms`, or `held 8 ms including the wait`."""
    if lock.wait_s is None:
        return f"held {format_seconds(lock.hold_s)} including the wait"
    tried = f" in {count_text(lock.tries, 'try', 'tries')}" if lock.tries > 1 else ""
    return f"waited up to {format_seconds(lock.wait_s)}{tried}, held {format_seconds(lock.hold_s)}"


def longest_by_table(locks: Iterable[LockTiming]) -> tuple[LockTiming, ...]:
    """The longest timing of each table over all migrations, in order of first use."""
    longest: dict[str, LockTiming] = {}
    for new in locks:
        old = longest.get(new.table)
        longest[new.table] = old.merge(new, new.tries) if old is not None else new
    return tuple(longest.values())


def serialize_lock_timing(lock: LockTiming) -> dict[str, object]:
    """One lock for JSON, without its migration. wait_s: null if hold_s includes the wait."""
    return {
        "table": lock.table,
        "mode": lock.mode.value,
        "wait_s": lock.wait_s,
        "hold_s": lock.hold_s,
        "tries": lock.tries,
    }
