"""The rehearsal: restore the backup into a throw-away server of the same major, and run the plan there."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

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
from rowkeep.domain.deploy.golden_copy import CopySource
from rowkeep.domain.deploy.guard import GuardMode, GuardPolicy
from rowkeep.domain.deploy.loss import ComparedView, Loss, Overwritten
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.deploy.rehearsal import Rehearsal, StatementTiming, Unrehearsed
from rowkeep.domain.deploy.roundtrip import Roundtrip
from rowkeep.domain.deploy.smoke_query import SmokeQuery
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Event, MigrationStarted, Noted, Outcome, StatementFinished, StatementStarted
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.lint.lock import LockTiming
from rowkeep.domain.plan import Plan, Request
from rowkeep.domain.schema.structure import Structure
from rowkeep.domain.schema.table_contents import DatabaseContents
from rowkeep.errors import Refused, Remains, RowkeepError
from rowkeep.plan import outside
from rowkeep.plan.application_changes import find_unaccepted_changes
from rowkeep.plan.guard.accepted_losses import find_accepted_names
from rowkeep.plan.guard.statement_effects import StatementEffects
from rowkeep.plan.losses import find_changed_rows, find_losses, find_unaccepted, merge_losses
from rowkeep.plan.predict import find_table_sizes
from rowkeep.plan.value_losses import find_value_losses, find_view_losses
from rowkeep.report.application import format_check_summary
from rowkeep.report.rehearsal import format_caveat, format_examples
from rowkeep.workflows.open_run import open_run
from rowkeep.workflows.rehearsal.application_check import ApplicationStatements, check_application, finish_check
from rowkeep.workflows.rehearsal.application_load import beside_load, find_load
from rowkeep.workflows.rehearsal.compare_with_clone import (
    ComparedCopies,
    clone_for_comparison,
    compare_with_clone,
)
from rowkeep.workflows.rehearsal.golden_copies import NO_GOLDEN_COPIES, RehearsalCopies
from rowkeep.workflows.rehearsal.roundtrip import RoundtripCopy, run_roundtrip
from rowkeep.workflows.stage import run_stage
from rowkeep.workflows.verification.smoke_queries import refuse_failed, run_smoke_stage

EXAMPLES = 3
"""How many overwritten values of a column are shown, where that is asked for."""

WITHOUT_ROUNDTRIP = "rowkeep deploy --no-roundtrip   (then nobody knows whether `rowkeep down` works)"


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
    application: ApplicationStatements | None = None,
    accepted_statements: Collection[str] = (),
    show_values: bool = False,
    load: ApplicationStatements | None = None,
    prepared: scratch.BackgroundServer | None = None,
    golden: RehearsalCopies = NO_GOLDEN_COPIES,
    smoke: tuple[SmokeQuery, ...] = (),
    emit: Emit,
) -> Rehearsal:
    """Restore `backup`, run `plan` on the copy, and return what happened to rows and structure, and how long it took.

    user: the role that migrates production; what it may not do must fail here too (None: the superuser of the copy).
    accepted: names of what may be lost. unrehearsed: names of migrations that may pass although the copy cannot
    run them, because it reaches nothing outside. roundtrip: the request of the plan, to rehearse up and down on a
    second copy. application: statements to check before and after the migrations;
    accepted_statements: names of those that may break. show_values: read a few overwritten values
    and tell them. load: statements that run beside the migrations. prepared: the server to use, which is
    released afterwards. golden: a clone to use in place of a restore, or what to do with the restored
    backup. smoke: queries that must pass after the migrations, unless some could not be rehearsed.

    Raises Refused where something cannot be rehearsed and nobody accepted that, BackupFailed where the backup does not
    restore to what its manifest says, and the runner's errors where a migration fails on the copy. Production is not
    changed. A loss is returned, not raised: the caller decides.
    """
    stopwatch = StatementStopwatch(emit)
    trips = None
    loaded = find_load(plan, load) if load is not None else ()
    with restore_scratch_copy(backup, programs, emit, prepared, golden) as copy:
        conninfo = copy.server.conninfo(copy.restored.database)
        clone = (
            clone_for_comparison(copy.restored, copy.server, plan)
            if roundtrip is None
            else backups.clone(copy.restored, copy.server)
        )
        left = outside.find_not_rehearsable(plan)
        require_rehearsed(left, unrehearsed)
        major = copy.server.major
        with run_stage(emit, "rehearse", f"Rehearsing {count_text(len(plan.steps), 'migration')} on the copy") as note:
            rows_before, before = _read_copy(conninfo, settings, major)
            with check_application(conninfo, plan, application, user=user, major=major) as checker:
                with beside_load(conninfo, loaded, plan, settings, copy.server.containment, user) as runner:
                    followers = [one.follow for one in (checker, runner) if one is not None]
                    stopwatch.follow = lambda event: [follow(event) for follow in followers]
                    left, guarded, locks = _run_on_copy(
                        conninfo, user, plan, left, settings, stopwatch, copy.server.containment, unrehearsed
                    )
                    stopwatch.follow = None
                check = finish_check(checker, application) if checker is not None and application is not None else None
            plan = leave_out(plan, left)
            rows_after, after = _read_copy(conninfo, settings, major)
            compared: tuple[Overwritten, ...] = ()
            views: tuple[ComparedView, ...] = ()
            if clone is not None:
                copies = ComparedCopies(
                    copy.server.conninfo(clone),
                    conninfo,
                    major,
                    user,
                    copy.server.containment.whole,
                    settings.schemas,
                    EXAMPLES if show_values else 0,
                    settings.application_role or f"{plan.database}_bot",
                )
                compared, views = compare_with_clone(copies, rows_before, rows_after)
                for line in format_examples(compared):
                    emit(Noted(line))
            changed = find_value_losses(compared, StatementEffects(plan.steps), guarded)
            changed += find_view_losses(views)
            lost = merge_losses(merge_losses(find_losses(rows_before, rows_after), changed), guarded)
            refused = find_unaccepted(lost, {*accepted, *find_accepted_names(plan.steps)})
            note.outcome = Outcome.REFUSED if refused else Outcome.OK
            text = "rows or values would be LOST" if refused else "what is lost is accepted"
            text = text if lost else "no row lost, and no column has fewer values"
            note.summary = f"{count_text(len(plan.steps), 'migration')}; {text}"
            if values := sum(column.count for column in compared):
                note.summary += f"; {count_text(values, 'value')} overwritten"
            if check is not None:
                note.summary += f"; {format_check_summary(check)}"
                if find_unaccepted_changes(check, accepted_statements):
                    note.outcome = Outcome.REFUSED
            if left:
                note.summary += f"; NOT rehearsed: {', '.join(migration.name for migration in left)}"
        if smoke and not left:
            refuse_failed(run_smoke_stage(conninfo, smoke, settings, emit, where="on the copy", user=user))
        if roundtrip is not None and clone is not None:
            where = copy.server.conninfo(clone)
            second = RoundtripCopy(
                where,
                user,
                settings,
                roundtrip,
                emit,
                copy.server.containment,
                major=major,
                next_steps=(WITHOUT_ROUNDTRIP,),
                directory=plan.directory,
            )
            trips = roundtrip_stage(second, plan, emit)
    return Rehearsal(
        backup=copy.proven,
        major=copy.server.major,
        restore_seconds=copy.seconds,
        migrate_seconds=stopwatch.seconds,
        rows=backup.rows,
        own_rows=_own_rows(backup, settings),
        before=before,
        after=after,
        losses=lost,
        touched=find_changed_rows(rows_before, rows_after),
        timings=tuple(stopwatch.timings),
        roundtrip=trips,
        unrehearsed=left,
        containment=copy.server.containment,
        compared=compared,
        views=views,
        application=check,
        load=runner.summarize(load.source, len(load.statements) - len(loaded)) if runner and load else None,
        copy=copy.source,
        locks=locks,
        sizes=find_table_sizes(rows_before, rows_after),
    )


def _own_rows(backup: Backup, settings: Settings) -> int:
    """How many rows of the backup are records of migrations, and not data of the application."""
    history = settings.history_schema, settings.history_table
    return sum(
        count.rows for count in backup.counts if count.schema == "rowkeep" or (count.schema, count.table) == history
    )


@dataclass(frozen=True, slots=True)
class ScratchRestoration:
    """The restored backup. proven: the backup, which now says that it is proven; seconds: how long it took.

    source: the golden copy, if it is a clone of one.
    """

    server: scratch.Server
    restored: RestoredBackup
    proven: Backup
    seconds: float
    source: CopySource | None = None


@contextmanager
def restore_scratch_copy(
    backup: Backup,
    programs: Programs,
    emit: Emit,
    prepared: scratch.BackgroundServer | None = None,
    copies: RehearsalCopies = NO_GOLDEN_COPIES,
) -> Iterator[ScratchRestoration]:
    """A throw-away server with the restored `backup`, for the block. Raises BackupFailed where it does not restore.

    prepared: the server to use, if it has room for the backup. It is released at the end. copies: a clone that already
    runs, or the policy by which the restored backup is kept as a golden copy.
    """
    if copies.reused is not None:
        reused = copies.reused
        yield ScratchRestoration(
            reused.clone.server, reused.restored, reused.backup, reused.clone.seconds, reused.source
        )
        return
    parents = () if copies.policy is None else copies.policy.parents
    with _server_for(backup, programs, emit, prepared, parents) as server:
        what = "backup" if copies.sample is None else "sample"
        with run_stage(emit, "restore", f"Restoring the {what} into a throw-away server") as note:
            copy = backups.restore_copy(backup, server, emit=emit, sample=copies.sample)
            proven = backups.record_proof(copy) if copies.sample is None else backup
            note.summary = f"{count_text(backup.rows, 'row')}, as many as were counted"
        if copies.policy is not None:
            copies.policy.keep(server, replace(copy, backup=proven))
        yield ScratchRestoration(server, copy, proven, note.seconds, copies.source(backup, note.seconds))


@contextmanager
def _server_for(
    backup: Backup,
    programs: Programs,
    emit: Emit,
    prepared: scratch.BackgroundServer | None,
    parents: tuple[Path, ...],
) -> Iterator[scratch.Server]:
    settings = backups.lock_settings(backup)
    if prepared is not None and backups.lock_settings_suffice(prepared.settings, settings):
        try:
            yield prepared.server(emit)
        finally:
            prepared.release()
        return
    if prepared is not None:
        prepared.release()  # many tables are new since it was started
    with scratch.start_server(programs, emit=emit, settings=settings, parents=parents) as server:
        yield server


def roundtrip_stage(copy: RoundtripCopy, plan: Plan, emit: Emit) -> Roundtrip:
    """Run the roundtrip as a stage."""
    count = count_text(len(plan.steps), "migration")
    with run_stage(emit, "roundtrip", f"There and back with {count}") as note:
        trips = run_roundtrip(copy, plan)
        note.outcome = Outcome.OK if all(trip.same for trip in trips.trips) else Outcome.REFUSED
        note.summary = f"{count}; {'the same structure' if note.outcome is Outcome.OK else 'NOT the same structure'}"
    return trips


class StatementStopwatch:
    """Passes the events of the run on the copy on, and measures each statement.

    migration: the one that runs, or ran last. follow: also gets every event, where it is set.
    """

    def __init__(self, emit: Emit) -> None:
        self.emit = emit
        self.timings: list[StatementTiming] = []
        self.seconds = 0.0
        self.migration: str | None = None
        self.follow: Callable[[Event], object] | None = None
        self._started: StatementStarted | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, MigrationStarted):
            self.migration = event.name
        elif isinstance(event, StatementStarted):
            self._started, self.migration = event, event.migration
        elif isinstance(event, StatementFinished) and self._started is not None:
            started = self._started
            self.timings.append(StatementTiming(started.migration, started.place, started.head, event.seconds))
        self.emit(event)
        if self.follow is not None:
            self.follow(event)


def _read_copy(conninfo: str, settings: Settings, major: int) -> tuple[DatabaseContents, Structure]:
    # In a session of its own: the server counts what the run did only after the run's session has ended.
    with connect(conninfo, application="rowkeep rehearse", **without_event_triggers(major)) as session:
        contents = read_contents(session, history_schema=settings.history_schema, history_table=settings.history_table)
        return contents, fingerprint.read_structure(session)


def _run_on_copy(
    conninfo: str,
    user: str | None,
    plan: Plan,
    left: tuple[Unrehearsed, ...],
    settings: Settings,
    stopwatch: StatementStopwatch,
    containment: Containment,
    accepted: Collection[str],
) -> tuple[tuple[Unrehearsed, ...], tuple[Loss, ...], tuple[LockTiming, ...]]:
    """Apply the plan on the copy, except what is `left` out.

    Returns what could not be rehearsed in the end, what the guard saw go, and the locks (none if it stopped early).
    """
    began = time.perf_counter()
    lost: list[Loss] = []
    locks: tuple[LockTiming, ...] = ()
    plan = replace(plan, guard=GuardPolicy(GuardMode.COLLECT, collect=lost.append))
    try:
        with open_run(settings, conninfo, stopwatch, application="rowkeep rehearse", user=user) as run:
            locks = execute_plan(run.session, leave_out(plan, left), stopwatch, policy=run.policy).locks
    except RowkeepError as error:
        need = outside.outside_need_of_error(error)
        if need is None or stopwatch.migration is None:
            raise failed_on_copy(error, "it failed in the rehearsal", containment) from None
        left = outside.not_rehearsed_from(plan, stopwatch.migration, need)
        require_rehearsed(left, accepted, error)
    finally:
        stopwatch.seconds = time.perf_counter() - began
    return left, tuple(lost), locks


def leave_out(plan: Plan, left: Collection[Unrehearsed]) -> Plan:
    """The plan without what cannot be rehearsed."""
    names = {migration.name for migration in left}
    return replace(plan, units=tuple(unit for unit in plan.units if not names & {step.name for step in unit}))


def require_rehearsed(
    left: Collection[Unrehearsed], accepted: Collection[str], error: RowkeepError | None = None
) -> None:
    """Raise Refused for what cannot be rehearsed and is not accepted by name. error: the error on the copy."""
    missing = list(outside.find_not_accepted(left, accepted))
    if not missing:
        return
    flags = " ".join(f"--accept-unrehearsed {shlex.quote(migration.name)}" for migration in left)
    answer = [f"the copy answered: {error.why}"] if error is not None and error.why else []
    raise Refused(
        f"not rehearsed: {missing[0].name} needs {missing[0].needs}",
        code=ErrorCode.NOT_REHEARSABLE,
        where=error.where if error is not None else None,
        why=[
            *(f"{migration.name} needs {migration.needs}" for migration in missing[1:]),
            "a restored copy has no access to anything outside, so what this migration does there cannot be tried",
            *answer,
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
