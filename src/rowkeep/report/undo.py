"""The rehearsal of `down`, as text and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rowkeep.domain.deploy.containment import NOTHING_CLOSED
from rowkeep.report.deploy.roundtrip import format_roundtrip, serialize_roundtrip
from rowkeep.report.plan import format_nothing, serialize_plan
from rowkeep.report.rehearsal import format_untouched

if TYPE_CHECKING:
    from rowkeep.domain.deploy.backup import Backup
    from rowkeep.domain.deploy.containment import Containment
    from rowkeep.domain.deploy.roundtrip import Roundtrip
    from rowkeep.domain.plan import Plan


def format_undone(
    plan: Plan, backup: Backup | None, roundtrip: Roundtrip | None, containment: Containment = NOTHING_CLOSED
) -> str:
    """The rehearsal as text."""
    if backup is None or roundtrip is None:
        return format_nothing(plan)
    known = format_untouched(containment, plan).removesuffix(".")
    again = f"{known} (the roundtrip was recorded in its ledger). Next: rowkeep down {len(plan.steps)}"
    return "\n".join([format_roundtrip(roundtrip), f"Backup {backup.id}, proven by the restore.", again])


def serialize_undone(plan: Plan, backup: Backup | None, roundtrip: Roundtrip | None) -> dict[str, object]:
    """For `--output-format json`."""
    return {
        "plan": serialize_plan(plan),
        "backup": None if backup is None else {"id": backup.id, "path": backup.path},
        "roundtrip": None if roundtrip is None else serialize_roundtrip(roundtrip),
    }
