"""A finished deploy in words and as data."""

from __future__ import annotations

from rowkeep.domain.deployment import Deployment
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Carried
from rowkeep.report.carried import carried_data, carried_text
from rowkeep.report.events import bytes_text, count_text, seconds_text
from rowkeep.report.plan import nothing_text, plan_data
from rowkeep.report.rehearsal import rehearsal_data, rehearsal_text, untouched_text
from rowkeep.report.roundtrip import roundtrip_data, roundtrip_text
from rowkeep.report.visible import joined


def deployment_text(deployment: Deployment) -> str:
    """The report of a deploy for people."""
    backup, rehearsal, carried = deployment.backup, deployment.rehearsal, deployment.carried
    if rehearsal is None or backup is None:
        return nothing_text(deployment.plan)
    size = f"{bytes_text(backup.bytes)}, {count_text(backup.rows, 'row')}"
    # Texts of several lines, each of which is safe already.
    texts = [rehearsal_text(rehearsal)]
    if rehearsal.roundtrip is not None:
        texts.append(roundtrip_text(rehearsal.roundtrip))
    rows = [f"Backup {backup.id}: {size}, proven by the restore."]
    if carried is None:
        kept = "" if rehearsal.roundtrip is None else " (its ledger learned what came back)"
        known = untouched_text(rehearsal.containment, deployment.plan).removesuffix(".")
        rows.append(f"{known}{kept}. Next: rowkeep deploy")
    else:
        done, *locks = carried_text(carried).splitlines()
        compared = "the structure equals the rehearsal's"
        if rehearsal.unrehearsed:
            names = ", ".join(one.name for one in rehearsal.unrehearsed)
            compared = f"the structure was NOT compared, for this was not rehearsed: {names}"
        rows.append(f"Deployed, {done}; {compared}. All in {seconds_text(deployment.seconds)}.")
        rows += [f"  {line}" for line in locks]
        rows.append(f"The way back: {_way_back(carried)}rowkeep restore {backup.id} --into NEWDB")
    return "\n".join([*texts, joined(rows)])


def _way_back(carried: Carried) -> str:
    """The `down` that undoes all of this run, where each of its migrations has a down part."""
    done = [step for step, _ in carried.done if step.direction is Direction.UP]
    without = next((step.name for step in done if step.migration.down is None), None)
    if not done or without is not None:
        return ""
    return f"rowkeep down{f' {len(done)}' if len(done) > 1 else ''}, or "


def deployment_data(deployment: Deployment) -> dict[str, object]:
    """The same for `--output-format json`; a stage that was not reached is null."""
    backup, rehearsal, carried = deployment.backup, deployment.rehearsal, deployment.carried
    return {
        "plan": plan_data(deployment.plan),
        "backup": None
        if backup is None
        else {
            "id": backup.id,
            "path": backup.path,
            "bytes": backup.bytes,
            "rows": backup.rows,
            "sha256": backup.sha256,
        },
        "rehearsal": None if rehearsal is None else rehearsal_data(rehearsal),
        "roundtrip": None if rehearsal is None or rehearsal.roundtrip is None else roundtrip_data(rehearsal.roundtrip),
        "applied": None if carried is None else carried_data(carried),
        "seconds": deployment.seconds,
    }
