"""Whether the newest proven backup is recent enough."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rowkeep.domain.deploy.retention import find_newest_proven, taken_at
from rowkeep.domain.doctor_facts import DoctorFacts
from rowkeep.domain.health_check import Check, CheckResult
from rowkeep.report.events import format_seconds

STEPS = ("rowkeep backup --prove", "rowkeep backup schedule   (prints a timer that does it regularly)")


def checks(facts: DoctorFacts) -> Iterator[Check]:
    """The age of the newest proven backup of this database, if `max-backup-age-h` limits it."""
    if facts.database is None or not facts.max_backup_age_h:
        return
    server = facts.database.server
    newest = find_newest_proven(facts.backups, server.database)
    limit = f"max-backup-age-h is {facts.max_backup_age_h}"
    if newest is None:
        yield Check("backup-age", CheckResult.WARN, f"no proven backup of {server.database}", limit, STEPS)
        return
    age_s = (datetime.fromisoformat(facts.machine.now) - taken_at(newest)).total_seconds()
    measured = f"{newest.id} is proven and {format_seconds(age_s)} old"
    if age_s > facts.max_backup_age_h * 3600:
        yield Check("backup-age", CheckResult.WARN, measured, limit, STEPS)
    else:
        yield Check("backup-age", CheckResult.OK, measured)
