"""A rehearsal in words: what was lost, what was touched, what took long."""

from __future__ import annotations

from rowkeep.domain.rehearsal import Loss, LossKind, Rehearsal
from rowkeep.report.events import count_text, seconds_text
from rowkeep.report.visible import joined

SLOWEST = 5


def loss_text(loss: Loss) -> str:
    """One loss in one line."""
    match loss.kind:
        case LossKind.TABLE:
            return f"table {loss.name} is gone, with {count_text(loss.count, 'row')}"
        case LossKind.ROWS:
            return f"table {loss.name} lost {count_text(loss.count, 'row')}"
        case LossKind.COLUMN:
            return f"column {loss.name} is gone, with {count_text(loss.count, 'value')}"
        case LossKind.VALUES:
            return f"column {loss.name} lost {count_text(loss.count, 'value')} (they are null now)"
        case LossKind.LARGE_OBJECTS:
            return f"{count_text(loss.count, 'large object')} gone"


def rehearsal_text(rehearsal: Rehearsal) -> str:
    """The whole rehearsal for people."""
    rows_text = count_text(rehearsal.rows, "row")
    restored, migrated = seconds_text(rehearsal.restore_seconds), seconds_text(rehearsal.migrate_seconds)
    where = f"the restored backup (PostgreSQL {rehearsal.major}, {rows_text})"
    rows = [f"Rehearsed on {where}: restored in {restored}, migrated in {migrated}."]
    rows += [f"  LOST     {loss_text(loss)}" for loss in rehearsal.losses]
    if not rehearsal.losses:
        rows.append("  lost     nothing: every row and every value is still there")
    for touched in rehearsal.touched:
        rows.append(
            f"  touched  {touched.table}: {count_text(touched.updated, 'row')} updated, {touched.deleted:,} deleted"
        )
    slow = sorted(rehearsal.timings, key=lambda timing: -timing.seconds)[:SLOWEST]
    rows += [f"  {seconds_text(timing.seconds):>8}  {timing.place}  {timing.head}" for timing in slow]
    return joined(rows)


def losses_data(losses: tuple[Loss, ...]) -> list[dict[str, object]]:
    """Losses for JSON."""
    return [
        {"kind": loss.kind.value, "name": loss.name, "count": loss.count, "text": loss_text(loss)} for loss in losses
    ]


def rehearsal_data(rehearsal: Rehearsal) -> dict[str, object]:
    """The same for JSON."""
    return {
        "major": rehearsal.major,
        "rows": rehearsal.rows,
        "restore_seconds": rehearsal.restore_seconds,
        "migrate_seconds": rehearsal.migrate_seconds,
        "losses": losses_data(rehearsal.losses),
        "touched": [{"table": one.table, "updated": one.updated, "deleted": one.deleted} for one in rehearsal.touched],
        "timings": [
            {"migration": one.migration, "place": str(one.place), "head": one.head, "seconds": one.seconds}
            for one in rehearsal.timings
        ],
        "structure": rehearsal.after.digest,
    }
