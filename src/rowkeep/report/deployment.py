"""The result of a deploy, as text and JSON."""

from __future__ import annotations

from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.deployment import Deployment
from rowkeep.domain.deploy.saved_rehearsal import SavedRehearsal
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import RunResult
from rowkeep.plan.undoable import has_down_statements
from rowkeep.report.deploy.prediction import format_outcome, serialize_prediction
from rowkeep.report.deploy.roundtrip import format_roundtrip, serialize_roundtrip
from rowkeep.report.events import format_bytes, format_seconds
from rowkeep.report.plan import format_nothing, serialize_plan
from rowkeep.report.rehearsal import format_rehearsal, format_untouched, serialize_rehearsal
from rowkeep.report.run import format_run, serialize_run
from rowkeep.report.text.visible import join_lines


def format_deployment(deployment: Deployment, next_command: str = "rowkeep deploy") -> str:
    """The result of a deploy as text."""
    backup, rehearsal, run = deployment.backup, deployment.rehearsal, deployment.carried
    if rehearsal is None:
        return format_nothing(deployment.plan)
    # These texts have several lines. Each is already safe to print.
    texts = [format_rehearsal(rehearsal)]
    saved = deployment.saved if run is not None else None
    if saved is not None:
        texts.insert(0, join_lines([_format_saved(saved)]))
    if rehearsal.roundtrip is not None:
        texts.append(format_roundtrip(rehearsal.roundtrip))
    if lines := format_outcome(deployment):
        title = "Predicted for production:" if run is None else "Predicted for production, and what it was:"
        texts.append(join_lines([title, *(f"  {line}" for line in lines)]))
    rows = []
    if backup is not None:
        size = f"{format_bytes(backup.bytes)}, {count_text(backup.rows, 'row')}"
        when = "" if rehearsal.copy is None else " when the golden copy was made"
        proven = f"proven by the restore{when}"
        proven = proven if backup.verified else "not restored: the rehearsal ran on an older one"
        rows.append(f"Backup {backup.id}: {size}, {proven}.")
    if run is None:
        kept = "" if rehearsal.roundtrip is None or backup is None else " (the roundtrip was recorded in its ledger)"
        known = format_untouched(rehearsal.containment, deployment.plan).removesuffix(".")
        rows.append(f"{known}{kept}. Next: {next_command}")
    else:
        done, *locks = format_run(run).splitlines()
        compared = "the structure equals the rehearsal's"
        if rehearsal.unrehearsed:
            names = ", ".join(migration.name for migration in rehearsal.unrehearsed)
            compared = f"the structure was NOT compared, because some migrations were not rehearsed: {names}"
        rows.append(f"Deployed, {done}; {compared}. Total: {format_seconds(deployment.seconds)}.")
        rows += [f"  {line}" for line in locks]
        if backup is not None:
            rows.append(f"To go back: {_down_command(run)}rowkeep restore {backup.id} --into NEWDB")
    return "\n".join([*texts, join_lines(rows)])


def _format_saved(saved: SavedRehearsal) -> str:
    data = saved.rehearsal.backup.taken_at if saved.rehearsal is not None else "?"
    return (
        f"Accepted a saved rehearsal in place of a new one: finished {saved.finished_at}, on data of {data}, "
        f"SHA-256 {saved.digest}."
    )


def serialize_saved(saved: SavedRehearsal | None) -> dict[str, object] | None:
    """The saved rehearsal that a deploy accepted, for JSON."""
    if saved is None or saved.rehearsal is None:
        return None
    backup = saved.rehearsal.backup
    return {
        "digest": saved.digest,
        "finished_at": saved.finished_at,
        "data_at": backup.taken_at,
        "backup": backup.id,
    }


def _down_command(run: RunResult) -> str:
    """The `down` command that undoes this run; '' if a migration has no down part."""
    done = [step for step, _ in run.done if step.direction is Direction.UP]
    if not done or not all(has_down_statements(step.migration) for step in done):
        return ""
    return f"rowkeep down{f' {len(done)}' if len(done) > 1 else ''}, or "


def serialize_deployment(deployment: Deployment) -> dict[str, object]:
    """The same for `--output-format json`; stages that were not reached are null."""
    backup, rehearsal, run = deployment.backup, deployment.rehearsal, deployment.carried
    return {
        "plan": serialize_plan(deployment.plan),
        "backup": None
        if backup is None
        else {
            "id": backup.id,
            "path": backup.path,
            "bytes": backup.bytes,
            "rows": backup.rows,
            "sha256": backup.sha256,
        },
        "rehearsal": None if rehearsal is None else serialize_rehearsal(rehearsal),
        "roundtrip": None
        if rehearsal is None or rehearsal.roundtrip is None
        else serialize_roundtrip(rehearsal.roundtrip),
        "prediction": serialize_prediction(deployment),
        "saved_rehearsal": serialize_saved(deployment.saved if run is not None else None),
        "applied": None if run is None else serialize_run(run),
        "seconds": deployment.seconds,
    }
