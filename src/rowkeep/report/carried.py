"""What a run did, as text and as JSON."""

from __future__ import annotations

from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Carried
from rowkeep.report.events import count_text, seconds_text
from rowkeep.report.locks import held_data, locks_text
from rowkeep.report.plan import nothing_text


def carried_text(carried: Carried) -> str:
    """`database shop: 2 migrations applied (0.1 s)`."""
    plan = carried.plan
    if plan.idle:
        return nothing_text(plan)
    said = []
    for direction, word in ((Direction.DOWN, "undone"), (Direction.UP, "applied")):
        count = sum(step.direction is direction for step, _ in carried.done)
        if count:
            said.append(f"{count_text(count, 'migration')} {word}")
    said += [f"{settled.name} accepted" for settled in plan.settled if plan.settles and settled.accepted]
    seconds = seconds_text(carried.seconds)
    left = f"; {plan.left_pending} still pending" if plan.left_pending else ""
    kept = f"\nbackup taken before: {carried.backup}" if carried.backup else ""
    return "\n".join(
        [f"database {plan.database}: {', '.join(said)} ({seconds}){left}{kept}", *locks_text(carried.locks)]
    )


def carried_data(carried: Carried) -> dict[str, object]:
    """The same for `--output-format json`."""
    return {
        "database": carried.plan.database,
        "done": [
            {"migration": step.name, "direction": step.direction.value, "seconds": seconds}
            for step, seconds in carried.done
        ],
        "left_pending": carried.plan.left_pending,
        "backup": carried.backup,
        "locks": [{"migration": held.migration, **held_data(held)} for held in carried.locks],
        "notes": list(carried.plan.notes),
        "warnings": list(carried.plan.warnings),
    }
