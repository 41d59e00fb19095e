"""What a run did, as text and as JSON."""

from __future__ import annotations

from rowkeep.domain.count import count_text
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import RunResult
from rowkeep.report.events import format_seconds
from rowkeep.report.locks import format_locks, serialize_held
from rowkeep.report.plan import format_nothing


def format_run(carried: RunResult) -> str:
    """`database shop: 2 migrations applied (0.1 s)`."""
    plan = carried.plan
    if plan.idle:
        return format_nothing(plan)
    said = []
    for direction, word in ((Direction.DOWN, "undone"), (Direction.UP, "applied")):
        count = sum(step.direction is direction for step, _ in carried.done)
        if count:
            said.append(f"{count_text(count, 'migration')} {word}")
    said += [f"{settled.name} accepted" for settled in plan.settled if plan.settles and settled.accepted]
    seconds = format_seconds(carried.seconds)
    left = f"; {plan.left_pending} still pending" if plan.left_pending else ""
    kept = f"\nbackup taken before: {carried.backup}" if carried.backup else ""
    return "\n".join(
        [f"database {plan.database}: {', '.join(said)} ({seconds}){left}{kept}", *format_locks(carried.locks)]
    )


def serialize_run(carried: RunResult) -> dict[str, object]:
    """The same for `--output-format json`."""
    return {
        "database": carried.plan.database,
        "done": [
            {"migration": step.name, "direction": step.direction.value, "seconds": seconds}
            for step, seconds in carried.done
        ],
        "left_pending": carried.plan.left_pending,
        "backup": carried.backup,
        "locks": [{"migration": held.migration, **serialize_held(held)} for held in carried.locks],
        "notes": list(carried.plan.notes),
        "warnings": list(carried.plan.warnings),
    }
