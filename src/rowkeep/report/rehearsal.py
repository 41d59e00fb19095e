"""A rehearsal in words: what was lost, what was touched, what took long."""

from __future__ import annotations

from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.containment import Containment
from rowkeep.domain.deploy.loss import Loss, LossKind, Overwritten
from rowkeep.domain.deploy.rehearsal import Rehearsal
from rowkeep.domain.migration import Language
from rowkeep.domain.plan import Plan
from rowkeep.report.events import format_seconds
from rowkeep.report.text.visible import join_lines

SLOWEST = 5


def format_loss(loss: Loss) -> str:
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


def format_open(containment: Containment) -> str:
    """What has to be said beside the copy's state where the system does not close it; '' where it does."""
    if containment.whole:
        return ""
    return " (on this system nothing but the copy's own catalog keeps it from reaching other servers)"


def format_untouched(containment: Containment, plan: Plan) -> str:
    """What is known of production after a rehearsal of `plan`: a sentence."""
    if any(step.migration.language is not Language.SQL for step in plan.steps):
        # It ran in a process of ours, which has the network and the files of whoever started it.
        return "Nothing was applied to production; what code of the migrations does outside the copy is not known."
    if containment.whole:
        return "Production was not touched."
    return f"Nothing was applied to production{format_open(containment)}."


def format_rehearsal(rehearsal: Rehearsal) -> str:
    """The whole rehearsal for people."""
    rows_text = count_text(rehearsal.rows, "row")
    if rehearsal.own_rows:
        rows_text += f", {rehearsal.own_rows:,} of them records of migrations"
    restored, migrated = format_seconds(rehearsal.restore_seconds), format_seconds(rehearsal.migrate_seconds)
    where = f"the restored backup (PostgreSQL {rehearsal.major}, {rows_text})"
    rows = [f"Rehearsed on {where}: restored in {restored}, migrated in {migrated}."]
    rows += [f"  LOST     {format_loss(loss)}" for loss in rehearsal.losses]
    rows += [f"  NOT REHEARSED  {one.name}: needs {one.needs}" for one in rehearsal.unrehearsed]
    if not rehearsal.losses:
        rows.append("  lost     no row, and no column has fewer values than before (counted)")
    rows += [f"  {line}" for line in values_lines(rehearsal)]
    for touched in rehearsal.touched:
        rows.append(
            f"  touched  {touched.table}: {count_text(touched.updated, 'row')} updated, {touched.deleted:,} deleted"
        )
    slow = sorted(rehearsal.timings, key=lambda timing: -timing.seconds)[:SLOWEST]
    rows += [f"  {format_seconds(timing.seconds):>8}  {timing.place}  {timing.head}" for timing in slow]
    return join_lines(rows)


def values_lines(rehearsal: Rehearsal) -> list[str]:
    """What is known of values that became others: which, where they were compared, and where they were not."""
    changed = rehearsal.overwritten
    rows = [f"changed  {format_overwritten(one)}" for one in changed]
    tables = dict.fromkeys(one.table for one in rehearsal.compared)
    same = [table for table in tables if all(one.table != table for one in changed)]
    if same:
        rows.append(f"compared {', '.join(same)}: no value became another")
    rows += [
        f"unknown  whether values of {one.table} became others: {count_text(one.updated, 'updated row')} not compared"
        for one in rehearsal.not_compared
    ]
    if not rehearsal.compared and not rehearsal.not_compared:
        rows.append("values   were counted and not compared: no UPDATE was seen")
    return rows


def format_overwritten(one: Overwritten) -> str:
    """One column in one line."""
    return f"{count_text(one.count, 'value')} overwritten in {one.table}.{one.column}"


def serialize_losses(losses: tuple[Loss, ...]) -> list[dict[str, object]]:
    """Losses for JSON."""
    return [
        {"kind": loss.kind.value, "name": loss.name, "count": loss.count, "text": format_loss(loss)} for loss in losses
    ]


def serialize_rehearsal(rehearsal: Rehearsal) -> dict[str, object]:
    """The same for JSON."""
    return {
        "major": rehearsal.major,
        "rows": rehearsal.rows,
        "restore_seconds": rehearsal.restore_seconds,
        "migrate_seconds": rehearsal.migrate_seconds,
        "losses": serialize_losses(rehearsal.losses),
        "own_rows": rehearsal.own_rows,
        "overwritten": [
            {"table": one.table, "column": one.column, "count": one.count} for one in rehearsal.overwritten
        ],
        "values_compared": sorted({one.table for one in rehearsal.compared}),
        "values_not_compared": [one.table for one in rehearsal.not_compared],
        "touched": [{"table": one.table, "updated": one.updated, "deleted": one.deleted} for one in rehearsal.touched],
        "timings": [
            {"migration": one.migration, "place": str(one.place), "head": one.head, "seconds": one.seconds}
            for one in rehearsal.timings
        ],
        "structure": rehearsal.after.digest,
        "unrehearsed": [{"name": one.name, "needs": one.needs} for one in rehearsal.unrehearsed],
        "contained": {
            name: getattr(rehearsal.containment, name)
            for name in ("network", "connections", "programs", "files", "signals")
        },
    }
