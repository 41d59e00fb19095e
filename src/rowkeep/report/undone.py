"""The rehearsal of a `down` in words and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rowkeep.domain.containment import NOTHING_CLOSED
from rowkeep.report.plan import nothing_text, plan_data
from rowkeep.report.rehearsal import untouched_text
from rowkeep.report.roundtrip import roundtrip_data, roundtrip_text

if TYPE_CHECKING:
    from rowkeep.domain.backup import Backup
    from rowkeep.domain.containment import Containment
    from rowkeep.domain.plan import Plan
    from rowkeep.domain.roundtrip import Roundtrip


def undone_text(
    plan: Plan, backup: Backup | None, roundtrip: Roundtrip | None, containment: Containment = NOTHING_CLOSED
) -> str:
    """For people."""
    if backup is None or roundtrip is None:
        return nothing_text(plan)
    known = untouched_text(containment, plan).removesuffix(".")
    again = f"{known} (its ledger learned what came back). Next: rowkeep down {len(plan.steps)}"
    return "\n".join([roundtrip_text(roundtrip), f"Backup {backup.id}, proven by the restore.", again])


def undone_data(plan: Plan, backup: Backup | None, roundtrip: Roundtrip | None) -> dict[str, object]:
    """For `--output-format json`."""
    return {
        "plan": plan_data(plan),
        "backup": None if backup is None else {"id": backup.id, "path": backup.path},
        "roundtrip": None if roundtrip is None else roundtrip_data(roundtrip),
    }
