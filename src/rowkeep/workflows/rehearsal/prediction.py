"""Predict what the migrations will do to production, and refuse what would block the application too long."""

from __future__ import annotations

import math

from rowkeep.config import Settings
from rowkeep.database.catalog.table_sizes import read_table_sizes
from rowkeep.database.connection.session import Session
from rowkeep.domain.deploy.backup import Backup
from rowkeep.domain.deploy.deployment import Acceptance
from rowkeep.domain.deploy.prediction import PredictedLock, Prediction
from rowkeep.domain.deploy.rehearsal import Rehearsal
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Noted
from rowkeep.domain.plan import Plan
from rowkeep.errors import Refused
from rowkeep.plan.predict import find_long_locks, find_measured_tables, make_prediction
from rowkeep.report.deploy.prediction import format_lock_prediction, format_prediction


def predict(
    session: Session, plan: Plan, rehearsal: Rehearsal, backup: Backup, settings: Settings, emit: Emit
) -> Prediction:
    """The prediction for production, from the rehearsal and the sizes of production's tables. It is reported, too.

    backup: the newest, whose rows were counted.
    """
    counts = backup.counts if rehearsal.copy is None else ()  # a golden copy has the rows of then
    sizes = read_table_sizes(session, find_measured_tables(plan, rehearsal, settings.schemas), counts)
    prediction = make_prediction(plan, rehearsal, settings.schemas, sizes)
    for line in format_prediction(prediction):
        emit(Noted(f"predicted: {line}"))
    return prediction


def refuse_long_locks(prediction: Prediction, settings: Settings, acceptance: Acceptance) -> None:
    """Raise Refused for a lock that would be held longer than `max-lock` (accepted by name), or `hold-limit`."""
    never = find_long_locks(prediction, settings.hold_limit_s)
    budget = settings.max_lock_s
    long = [lock for lock in find_long_locks(prediction, budget) if lock.table not in acceptance.locks]
    refused = tuple(dict.fromkeys((*never, *long)))
    if not refused:
        return
    steps = ["rowkeep lint   (shows the form of each statement that blocks nobody)"]
    if never:
        enough = math.ceil(1.5 * max(lock.seconds or 0 for lock in never))
        steps.append(f"rowkeep deploy --hold-limit {enough}s   (if the application may wait so long)")
    only_long = dict.fromkeys(lock.table for lock in long if lock not in never)
    if only_long:
        flags = " ".join(f"--accept-lock {table}" for table in only_long)
        steps.append(f"rowkeep deploy {flags} --because 'REASON'   (if the application may wait so long)")
    raise Refused(
        "the rehearsal predicts that the application waits too long",
        code=ErrorCode.LOCK_BUDGET_EXCEEDED,
        where=refused[0].place,
        why=[f"{_describe(lock)}; {_limit(lock, lock in never, settings)}" for lock in refused],
        instead=tuple(steps),
    )


def _describe(lock: PredictedLock) -> str:
    waiting = "reads and writes" if lock.mode.blocks_reads else "writes"
    return f"{format_lock_prediction(lock)}: {waiting} wait"


def _limit(lock: PredictedLock, is_never: bool, settings: Settings) -> str:
    if is_never:
        return f"after {settings.hold_limit_s:g} s (--hold-limit) it would be rolled back"
    return f"at most {settings.max_lock_s:g} s are allowed (--max-lock)"
