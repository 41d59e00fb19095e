"""The rehearsal: the backup restored into a throw-away server of the same major, and the plan carried out there."""

from __future__ import annotations

import shlex
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from rowkeep import backup as backups
from rowkeep import scratch
from rowkeep.config import Settings
from rowkeep.database.catalog import fingerprint
from rowkeep.database.catalog.table_contents import read_contents, without_event_triggers
from rowkeep.database.connection.session import connect
from rowkeep.database.executor.run_plan import execute_plan
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.backup import Backup, RestoredBackup
from rowkeep.domain.deploy.containment import Containment
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.deploy.rehearsal import Rehearsal, StatementTiming, Unrehearsed
from rowkeep.domain.deploy.roundtrip import Roundtrip
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Event, MigrationStarted, Outcome, StatementFinished, StatementStarted
from rowkeep.domain.plan import Plan, Request
from rowkeep.domain.schema.structure import Structure
from rowkeep.domain.schema.table_contents import DatabaseContents
from rowkeep.errors import Refused, Remains, RowkeepError
from rowkeep.plan import outside
from rowkeep.plan.losses import find_changed_rows, find_losses, find_unaccepted
from rowkeep.report.rehearsal import format_caveat
from rowkeep.workflows.opening import open_run
from rowkeep.workflows.rehearsal.kept_values import keep_values
from rowkeep.workflows.rehearsal.roundtrip import RoundtripCopy, run_roundtrip
from rowkeep.workflows.stage import run_stage


def rehearse(
    backup: Backup,
    plan: Plan,
    settings: Settings,
    programs: Programs,
    *,
    user: str | None,
    accepted: Collection[str] = (),
    unrehearsed: Collection[str] = (),
    roundtrip: Request | None = None,
    emit: Emit,
) -> Rehearsal:
    """Restore `backup`, carry `plan` out on the copy, and say what became of rows, structure and time.

    user: who migrates production; what that role may not do must fail here too (None: the superuser of the copy).
    accepted: names of what may be lost. unrehearsed: names of what may pass though the copy, which reaches nothing
    outside, cannot run it. roundtrip: the request of the plan, to go there and back on a second copy.

    Raises Refused where something cannot be rehearsed that nobody accepted, BackupFailed where the backup does not
    restore to what its manifest says, and the runner's own errors where a migration fails on the copy; production is
    untouched. A loss is returned, not raised: the caller judges.
    """
    watch = StatementStopwatch(emit)
    trips = None
    with restore_scratch_copy(backup, programs, emit) as copy:
        conninfo = copy.server.conninfo(copy.restored.database)
        again = backups.clone(copy.restored, copy.server) if roundtrip is not None else None
        left = outside.find_not_rehearsable(plan)
        require_rehearsed(left, unrehearsed)
        major = copy.server.major
        with run_stage(
            emit, "rehearse", f"Rehearsing {count_text(len(plan.steps), 'migration')} on the copy"
        ) as rehearsed:
            seen_before, before = _look(conninfo, settings, major)
            with keep_values(conninfo, plan, major) as values:
                left = _run_on_copy(conninfo, user, plan, left, settings, watch, copy.server.containment, unrehearsed)
                compared = values.compare()
            plan = without(plan, left)
            seen_after, after = _look(conninfo, settings, major)
            lost = find_losses(seen_before, seen_after)
            refused = find_unaccepted(lost, accepted)
            rehearsed.outcome = Outcome.REFUSED if refused else Outcome.OK
            told = "rows or values would be LOST" if refused else "what is lost is accepted"
            told = told if lost else "no row lost, and no column has fewer values"
            rehearsed.summary = f"{count_text(len(plan.steps), 'migration')}; {told}"
            overwritten = sum(one.count for one in compared)
            if overwritten:
                rehearsed.summary += f"; {count_text(overwritten, 'value')} overwritten"
            if left:
                rehearsed.summary += f"; NOT rehearsed: {', '.join(one.name for one in left)}"
        if roundtrip is not None and again is not None:
            where = copy.server.conninfo(again)
            second = RoundtripCopy(where, user, settings, roundtrip, emit, copy.server.containment, major=major)
            trips = roundtrip_stage(second, plan, emit)
    return Rehearsal(
        backup=copy.proven,
        major=copy.server.major,
        restore_seconds=copy.seconds,
        migrate_seconds=watch.seconds,
        rows=backup.rows,
        own_rows=_own_rows(backup, settings),
        before=before,
        after=after,
        losses=lost,
        touched=find_changed_rows(seen_before, seen_after),
        timings=tuple(watch.timings),
        roundtrip=trips,
        unrehearsed=left,
        containment=copy.server.containment,
        compared=compared,
    )


def _own_rows(backup: Backup, settings: Settings) -> int:
    """Rows of the backup that are records of migrations, and nobody's data."""
    history = settings.history_schema, settings.history_table
    return sum(one.rows for one in backup.counts if one.schema == "rowkeep" or (one.schema, one.table) == history)


@dataclass(frozen=True, slots=True)
class ScratchRestoration:
    """The backup, restored. proven: the backup with that written down; seconds: how long it took."""

    server: scratch.Server
    restored: RestoredBackup
    proven: Backup
    seconds: float


@contextmanager
def restore_scratch_copy(backup: Backup, programs: Programs, emit: Emit) -> Iterator[ScratchRestoration]:
    """A throw-away server that holds `backup`; gone at the end. Raises BackupFailed where it does not restore."""
    with scratch.start_server(programs, emit=emit, settings=backups.lock_settings(backup)) as server:
        with run_stage(emit, "restore", "Restoring the backup into a throw-away server") as note:
            copy = backups.restore_copy(backup, server, emit=emit)
            proven = backups.record_proof(copy)
            note.summary = f"{count_text(backup.rows, 'row')}, as many as were counted"
        yield ScratchRestoration(server, copy, proven, note.seconds)


def roundtrip_stage(copy: RoundtripCopy, plan: Plan, emit: Emit) -> Roundtrip:
    """The roundtrip as a stage."""
    count = count_text(len(plan.steps), "migration")
    with run_stage(emit, "roundtrip", f"There and back with {count}") as note:
        trips = run_roundtrip(copy, plan)
        note.outcome = Outcome.OK if all(trip.same for trip in trips.trips) else Outcome.REFUSED
        note.summary = f"{count}; {'the same structure' if note.outcome is Outcome.OK else 'NOT the same structure'}"
    return trips


class StatementStopwatch:
    """Listens to the runner on the copy: passes its events on, and remembers how long each statement took.

    migration: the one at work, or the last.
    """

    def __init__(self, emit: Emit) -> None:
        self.emit = emit
        self.timings: list[StatementTiming] = []
        self.seconds = 0.0
        self.migration: str | None = None
        self._begun: StatementStarted | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, MigrationStarted):
            self.migration = event.name
        elif isinstance(event, StatementStarted):
            self._begun, self.migration = event, event.migration
        elif isinstance(event, StatementFinished) and self._begun is not None:
            begun = self._begun
            self.timings.append(StatementTiming(begun.migration, begun.place, begun.head, event.seconds))
        self.emit(event)


def _look(conninfo: str, settings: Settings, major: int) -> tuple[DatabaseContents, Structure]:
    # A session of its own: what the runner's session did is in the server's counters only after that one has ended.
    with connect(conninfo, application="rowkeep rehearse", **without_event_triggers(major)) as session:
        seen = read_contents(session, history_schema=settings.history_schema, history_table=settings.history_table)
        return seen, fingerprint.read_structure(session)


def _run_on_copy(
    conninfo: str,
    user: str | None,
    plan: Plan,
    left: tuple[Unrehearsed, ...],
    settings: Settings,
    watch: StatementStopwatch,
    containment: Containment,
    accepted: Collection[str],
) -> tuple[Unrehearsed, ...]:
    """Apply the plan on the copy, except what is `left` out. Returns what could not be rehearsed in the end."""
    began = time.perf_counter()
    try:
        with open_run(settings, conninfo, watch, application="rowkeep rehearse", user=user) as run:
            execute_plan(run.session, without(plan, left), watch, rules=run.policy)
    except RowkeepError as error:
        need = outside.outside_need_of_error(error)
        if need is None or watch.migration is None:
            raise failed_on_copy(error, "it failed in the rehearsal", containment) from None
        left = outside.not_rehearsed_from(plan, watch.migration, need)
        require_rehearsed(left, accepted, error)
    finally:
        watch.seconds = time.perf_counter() - began
    return left


def without(plan: Plan, left: Collection[Unrehearsed]) -> Plan:
    """The plan as far as it can be rehearsed."""
    names = {one.name for one in left}
    return replace(plan, units=tuple(unit for unit in plan.units if not names & {step.name for step in unit}))


def require_rehearsed(
    left: Collection[Unrehearsed], accepted: Collection[str], error: RowkeepError | None = None
) -> None:
    """Raise Refused for what cannot be rehearsed and nobody accepted by name. error: what the copy answered."""
    missing = list(outside.find_not_accepted(left, accepted))
    if not missing:
        return
    flags = " ".join(f"--accept-unrehearsed {shlex.quote(one.name)}" for one in left)
    said = [f"the copy answered: {error.why}"] if error is not None and error.why else []
    raise Refused(
        f"not rehearsed: {missing[0].name} needs {missing[0].needs}",
        code=ErrorCode.NOT_REHEARSABLE,
        where=error.where if error is not None else None,
        why=[
            *(f"{one.name} needs {one.needs}" for one in missing[1:]),
            "a restored copy reaches nothing outside of it, so what this migration does there cannot be tried",
            *said,
        ],
        sqlstate=error.sqlstate if error is not None else None,
        instead=(
            "move what reaches outside the database out of the migrations",
            f"if it may be applied without a rehearsal: rowkeep deploy {flags} --because 'REASON'",
        ),
    )


def failed_on_copy(error: RowkeepError, how: str, containment: Containment) -> RowkeepError:
    """The runner's error on the copy: what it says of "the database" is the copy's state, not production's."""
    detail = f"{how}, on the restored copy{format_caveat(containment)}"
    return error.replace(remains=Remains.UNCHANGED, remains_detail=detail)
