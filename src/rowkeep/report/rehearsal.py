"""A rehearsal as text and JSON: losses, touched rows, slow statements."""

from __future__ import annotations

from collections.abc import Iterable

from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.containment import Containment
from rowkeep.domain.deploy.loss import Loss, LossKind, Overwritten, ValueExample
from rowkeep.domain.deploy.rehearsal import Rehearsal
from rowkeep.domain.migration import Language
from rowkeep.domain.plan import Plan
from rowkeep.plan.value_losses import describe_overwritten, describe_view
from rowkeep.report.application import format_application, format_load, serialize_application, serialize_load
from rowkeep.report.events import format_seconds
from rowkeep.report.golden_copies import describe_source, serialize_source
from rowkeep.report.text.visible import join_lines, one_line

SLOWEST = 5


def format_loss(loss: Loss) -> str:
    """One loss in one line."""
    if loss.detail:
        return loss.detail
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
        case _:
            return f"{loss.kind.value} {loss.name} is lost"


def format_caveat(containment: Containment) -> str:
    """A caveat for systems that cannot isolate the copy completely; '' where the copy is isolated."""
    if containment.whole:
        return ""
    return " (on this system, only settings in the copy itself keep it from reaching other servers)"


def format_untouched(containment: Containment, plan: Plan) -> str:
    """What is known about production after a rehearsal of `plan`, as a sentence."""
    if any(step.migration.language is not Language.SQL for step in plan.steps):
        # The code ran in our process, with the network and file access of the user.
        return "Nothing was applied to production. What the code of the migrations did outside the copy is not known."
    if containment.whole:
        return "Production was not touched."
    return f"Nothing was applied to production{format_caveat(containment)}."


def format_rehearsal(rehearsal: Rehearsal) -> str:
    """The whole rehearsal as text."""
    rows_text = count_text(rehearsal.rows, "row")
    if rehearsal.own_rows:
        rows_text += f", {rehearsal.own_rows:,} of them migration records"
    restored, migrated = format_seconds(rehearsal.restore_seconds), format_seconds(rehearsal.migrate_seconds)
    source = "the restored backup" if rehearsal.copy is None else describe_source(rehearsal.copy)
    made = "restored" if rehearsal.copy is None or rehearsal.copy.is_partial else "cloned"
    where = f"{source} (PostgreSQL {rehearsal.major}, {rows_text})"
    rows = [f"Rehearsed on {where}: {made} in {restored}, migrated in {migrated}."]
    rows += [f"  LOST     {format_loss(loss)}" for loss in rehearsal.losses]
    rows += [f"  NOT REHEARSED  {migration.name}: needs {migration.needs}" for migration in rehearsal.unrehearsed]
    if rehearsal.copy is not None and rehearsal.copy.is_partial:
        rows.append("  partial  what happens to the other rows is not known; `deploy` rehearses on all of them")
    if not rehearsal.losses:
        rows.append("  lost     no rows, and no column has fewer values than before (counted)")
    rows += [f"  {line}" for line in values_lines(rehearsal)]
    if rehearsal.application is not None:
        rows += [f"  {line}" for line in format_application(rehearsal.application)]
    if rehearsal.load is not None:
        rows += [f"  {line}" for line in format_load(rehearsal.load)]
    for touched in rehearsal.touched:
        rows.append(
            f"  touched  {touched.table}: {count_text(touched.updated, 'row')} updated, {touched.deleted:,} deleted"
        )
    slow = sorted(rehearsal.timings, key=lambda timing: -timing.seconds)[:SLOWEST]
    rows += [f"  {format_seconds(timing.seconds):>8}  {timing.place}  {timing.head}" for timing in slow]
    return join_lines(rows)


def format_examples(compared: Iterable[Overwritten]) -> list[str]:
    """The overwritten values that were read, each in one line. They are the user's data."""
    return [
        f"{column.name} of {one_line(example.key)}: {one_line(example.old)!r} → {one_line(example.new)!r}"
        for column in compared
        for example in column.examples
    ]


def values_lines(rehearsal: Rehearsal) -> list[str]:
    """Overwritten values: which changed, and which tables were or were not compared."""
    changed = rehearsal.overwritten
    rows = [f"changed  {describe_overwritten(column)}" for column in changed]
    tables = dict.fromkeys(column.table for column in rehearsal.compared)
    same = [table for table in tables if all(column.table != table for column in changed)]
    if same:
        rows.append(f"compared {', '.join(same)}: no values were overwritten")
    rows += [
        f"unknown  whether values of {table.table} were overwritten: "
        f"{count_text(table.updated, 'updated row')} not compared"
        for table in rehearsal.not_compared
    ]
    if not rehearsal.compared and not rehearsal.not_compared:
        rows.append("values   were counted but not compared, because no UPDATE ran")
    rows += [
        f"{'unknown' if view.why else 'changed'}  {describe_view(view)}"
        for view in rehearsal.views
        if not view.is_same
    ]
    if seen := [view for view in rehearsal.views if view.role and view.is_same]:
        rows.append(f"compared {', '.join(view.name for view in seen)}: {seen[0].role} sees the same")
    if same := [view.name for view in rehearsal.views if view.is_same and not view.role]:
        rows.append(f"compared {', '.join(same)}: {'the view shows' if len(same) == 1 else 'the views show'} the same")
    return rows


def _serialize_example(example: ValueExample) -> dict[str, str]:
    return {"key": example.key, "old": example.old, "new": example.new}


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
            {
                "table": column.table,
                "column": column.column,
                "count": column.count,
                "exact": column.exact,
                "values": column.values,
                "distinct_before": column.before,
                "distinct_after": column.after,
                **({"examples": [*map(_serialize_example, column.examples)]} if column.examples else {}),
            }
            for column in rehearsal.overwritten
        ],
        "values_compared": sorted({column.table for column in rehearsal.compared}),
        "values_not_compared": [table.table for table in rehearsal.not_compared],
        "views": [
            {
                "name": view.name,
                "role": view.role or None,
                "replaced": view.replaced,
                "before": view.before,
                "after": view.after,
                "other_values": list(view.other_values),
                "why": view.why,
            }
            for view in rehearsal.views
        ],
        "touched": [
            {"table": table.table, "updated": table.updated, "deleted": table.deleted} for table in rehearsal.touched
        ],
        "timings": [
            {
                "migration": timing.migration,
                "place": str(timing.place),
                "head": timing.head,
                "seconds": timing.seconds,
            }
            for timing in rehearsal.timings
        ],
        "structure": rehearsal.after.digest,
        "golden_copy": serialize_source(rehearsal.copy),
        "application": None if rehearsal.application is None else serialize_application(rehearsal.application),
        "load": None if rehearsal.load is None else serialize_load(rehearsal.load),
        "unrehearsed": [{"name": migration.name, "needs": migration.needs} for migration in rehearsal.unrehearsed],
        "contained": {
            name: getattr(rehearsal.containment, name)
            for name in ("network", "connections", "programs", "files", "signals")
        },
    }
