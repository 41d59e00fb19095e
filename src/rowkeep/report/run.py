"""The result of a run, as text and JSON."""

from __future__ import annotations

from rowkeep.domain.count import count_text
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import RunResult
from rowkeep.report.events import format_seconds
from rowkeep.report.locks import format_locks, serialize_lock_timing
from rowkeep.report.plan import format_nothing


def format_run(result: RunResult) -> str:
    """`database shop: 2 migrations applied (0.1 s)`."""
    plan = result.plan
    if plan.idle:
        return format_nothing(plan)
    parts = []
    for direction, word in ((Direction.DOWN, "undone"), (Direction.UP, "applied")):
        count = sum(step.direction is direction for step, _ in result.done)
        if count:
            parts.append(f"{count_text(count, 'migration')} {word}")
    parts += [f"{edit.name} accepted" for edit in plan.settled if plan.settles and edit.accepted]
    seconds = format_seconds(result.seconds)
    left = f"; {plan.left_pending} still pending" if plan.left_pending else ""
    backup = f"\nbackup taken before the run: {result.backup}" if result.backup else ""
    return "\n".join(
        [f"database {plan.database}: {', '.join(parts)} ({seconds}){left}{backup}", *format_locks(result.locks)]
    )


def serialize_run(result: RunResult) -> dict[str, object]:
    """The same for `--output-format json`."""
    return {
        "database": result.plan.database,
        "done": [
            {"migration": step.name, "direction": step.direction.value, "seconds": seconds}
            for step, seconds in result.done
        ],
        "left_pending": result.plan.left_pending,
        "backup": result.backup,
        "locks": [{"migration": lock.migration, **serialize_lock_timing(lock)} for lock in result.locks],
        "notes": list(result.plan.notes),
        "warnings": list(result.plan.warnings),
    }
