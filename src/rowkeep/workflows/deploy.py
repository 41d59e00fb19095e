"""A safe deploy: plan, lint, back up, rehearse, apply, verify. A stage before `apply` that fails changes nothing."""

from __future__ import annotations

import re
import shlex
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext

from rowkeep import backup as backups
from rowkeep import programs, scratch
from rowkeep.config import Settings
from rowkeep.database.catalog import fingerprint
from rowkeep.database.connection.session import Session
from rowkeep.database.executor.run_plan import execute_plan
from rowkeep.database.store import expected_structure
from rowkeep.database.store.ledger import has_ledger_schema
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.application import ApplicationCheck
from rowkeep.domain.deploy.backup import Backup
from rowkeep.domain.deploy.deployment import Acceptance, Deployment
from rowkeep.domain.deploy.golden_copy import DataScope
from rowkeep.domain.deploy.guard import GuardMode, GuardPolicy
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.deploy.rehearsal import Rehearsal, Unrehearsed
from rowkeep.domain.deploy.review import Review
from rowkeep.domain.deploy.saved_rehearsal import SavedRehearsal
from rowkeep.domain.deploy.smoke_query import SmokeQuery
from rowkeep.domain.doctor_facts import Collation
from rowkeep.domain.enumeration import Enum
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Noted
from rowkeep.domain.frozen import dataclass, field, replace
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.lint.finding import Severity
from rowkeep.domain.plan import Plan, Request, RunResult
from rowkeep.domain.schema.structure import Structure
from rowkeep.errors import Differs, Failed, ProgramMissing, Refused, RowkeepError
from rowkeep.files.project import machine
from rowkeep.knowledge.program_locations import CLIENT, SERVER
from rowkeep.plan import outside
from rowkeep.plan.application_changes import find_unaccepted_changes
from rowkeep.plan.guard.accepted_losses import find_accepted_names
from rowkeep.plan.losses import find_names_to_offer, find_unaccepted, summarize_losses
from rowkeep.report.application import format_change
from rowkeep.report.deploy.prediction import describe_prediction
from rowkeep.report.differences import format_differences, format_differences_summary
from rowkeep.report.events import format_bytes
from rowkeep.report.rehearsal import format_loss
from rowkeep.structure import compare_changes, compare_structures
from rowkeep.workflows.confirmation import remember_confirmation
from rowkeep.workflows.lint_gate import format_finding_line, format_lint_summary, lint_before_deploy
from rowkeep.workflows.live_facts import read_live_facts
from rowkeep.workflows.migrate import make_plan_for
from rowkeep.workflows.open_run import CollectRunMetadata, OpenRun, open_run
from rowkeep.workflows.rehearsal.application_check import count_calls, load_statements
from rowkeep.workflows.rehearsal.golden_copies import NO_GOLDEN_COPIES, GoldenCopyPolicy, RehearsalCopies
from rowkeep.workflows.rehearsal.prediction import predict, refuse_long_locks
from rowkeep.workflows.rehearsal.record_roundtrips import record_failure, record_roundtrip, refuse_not_restored
from rowkeep.workflows.rehearsal.rehearse import (
    WITHOUT_ROUNDTRIP,
    StatementStopwatch,
    rehearse,
    require_rehearsed,
)
from rowkeep.workflows.rehearsal.saved_rehearsal import (
    accept_rehearsal,
    describe_saved_origin,
    make_basis,
    save_passed,
)
from rowkeep.workflows.review import add_review_metadata, make_reviewable, require_reviewed
from rowkeep.workflows.stage import run_stage
from rowkeep.workflows.verification.dump_schema import update_schema_file
from rowkeep.workflows.verification.smoke_queries import read_smoke_queries, report_failed, run_smoke_stage

Approve = Callable[[Plan], None]
"""Is called with the plan before anything is done; raises Refused to stop."""


SAMPLE_ROWS = 1000
"""Rows of each table in a sample."""


class StopAfter(Enum):
    """Where a deploy ends although nothing is wrong."""

    PLAN = "plan"
    REHEARSAL = "rehearsal"


@dataclass(frozen=True, slots=True)
class DeployRequest:
    """What a deploy is asked for.

    stop: where it ends without changing production; None: nowhere. reviewed: refuse unless the plan is the
    one that was reviewed. roundtrip: rehearse the down parts, too. statements: a file with the application's
    statements; `none`: do not check them; None: those that pg_stat_statements recorded.
    show_values: tell a few of the values that are overwritten. fresh: of a rehearsal:
    take a new backup, although a golden copy may fit. rehearsed: accept this rehearsal instead of a new one.
    data: of a rehearsal: which rows of production it runs on; sample_rows: about how many of each table. load: a file
    of statements that run beside the migrations in the rehearsal.
    """

    request: Request = field(default_factory=Request)
    acceptance: Acceptance = field(default_factory=Acceptance)
    stop: StopAfter | None = None
    reviewed: Review | None = None
    roundtrip: bool = False
    statements: str | None = None
    show_values: bool = False
    fresh: bool = False
    rehearsed: SavedRehearsal | None = None
    data: DataScope = DataScope.FULL
    sample_rows: int = SAMPLE_ROWS
    load: str | None = None


def deploy(
    settings: Settings,
    conninfo: str,
    request: DeployRequest,
    collect_run_metadata: CollectRunMetadata,
    *,
    approve: Approve,
    emit: Emit,
) -> Deployment:
    """Run every stage, and return what each of them made. The run lock is held from the first stage to the last.

    Raises Refused (findings, a loss nobody accepted, not approved), Busy, BackupFailed, Failed … with nothing changed
    in production; HalfDone and Differs where something was.
    """
    began = time.perf_counter()
    with (
        _name_command_in_hints("rehearse" if request.stop is StopAfter.REHEARSAL else "deploy"),
        # Its servers start beside one stage and stop beside another; at the end all of them have stopped.
        ExitStack() as background,
        open_run(
            settings, conninfo, emit, application="rowkeep deploy", collect_run_metadata=collect_run_metadata
        ) as run,
    ):
        session = run.session
        plan, tools = _preflight(run, settings, request, background, emit)
        if tools is None:
            return Deployment(plan)
        approve(plan)
        if request.stop is StopAfter.PLAN:
            return Deployment(plan)
        metadata = run.metadata if request.reviewed is None else add_review_metadata(run.metadata, request.reviewed)
        smoke = read_smoke_queries(settings, (step.migration for step in plan.steps), emit)
        if request.rehearsed is not None:
            rehearsal, backup, before = _accept_rehearsal(
                run, conninfo, plan, settings, tools, request, metadata, emit
            )
            proven = backup
        else:
            rehearsal, backup, before = _back_up_and_rehearse(
                run, conninfo, plan, settings, tools, request, metadata, background, smoke, emit
            )
            proven = rehearsal.backup
        if rehearsal.copy is not None and rehearsal.copy.is_partial:
            # Says nothing about the time and the locks of production, and proves no backup.
            return Deployment(plan, None, rehearsal, seconds=time.perf_counter() - began)
        if rehearsal.roundtrip is not None:
            plan = replace(plan, ledger_schema=has_ledger_schema(session))
        prediction = predict(session, plan, rehearsal, backup, settings, emit)
        refuse_long_locks(prediction, settings, request.acceptance)
        if request.stop is StopAfter.REHEARSAL:
            review = make_reviewable(session, settings, run.survey, plan, request.request)
            basis = make_basis(session, settings, review, plan, request.statements, before)
            saved = save_passed(basis, rehearsal, prediction)
            seconds = time.perf_counter() - began
            return Deployment(plan, proven, rehearsal, seconds=seconds, prediction=prediction, saved=saved)
        metadata = add_backup_metadata(metadata, backup, request.acceptance, rehearsal.unrehearsed)
        details = {**metadata.details, "predicted": describe_prediction(prediction)}
        if request.rehearsed is not None:
            details["rehearsal"] = describe_saved_origin(request.rehearsed)
        guarded = replace(plan, guard=GuardPolicy(GuardMode.REFUSE, request.acceptance.names))
        stopwatch = StatementStopwatch(emit)
        result = _apply(run, guarded, settings, replace(metadata, details=details), before, stopwatch)
        _verify(session, rehearsal, before, backup, emit)
        results = run_smoke_stage(conninfo, smoke, settings, emit, where=f"in {plan.database}")
        update_schema_file(settings, conninfo, emit)
        report_failed(results, backup.id)
        seconds = time.perf_counter() - began
        timings = tuple(stopwatch.timings)
        return Deployment(plan, proven, rehearsal, result, seconds, prediction, timings, request.rehearsed)


def _back_up_and_rehearse(
    run: OpenRun,
    conninfo: str,
    plan: Plan,
    settings: Settings,
    tools: Programs,
    request: DeployRequest,
    metadata: RunMetadata,
    background: ExitStack,
    smoke: tuple[SmokeQuery, ...],
    emit: Emit,
) -> tuple[Rehearsal, Backup, Structure]:
    """The rehearsal on a new backup, that backup, and the structure of production before it."""
    session = run.session
    application = load_statements(session, settings, request.statements, emit)
    load = load_statements(session, settings, request.load, emit) if request.load is not None else None
    copies = NO_GOLDEN_COPIES
    rehearses = request.stop is StopAfter.REHEARSAL
    if rehearses and request.data is not DataScope.FULL:
        copies = open_sample(settings, request.sample_rows if request.data is DataScope.SAMPLE else 0, background)
    elif rehearses:
        policy = GoldenCopyPolicy(settings, tools, emit, fresh=request.fresh)
        copies = RehearsalCopies(policy, background.enter_context(policy.reuse(session, run.survey)))
    backup, before, prepared = prepare_copy(session, conninfo, settings, tools, metadata, emit, background, copies)
    recorded = request.roundtrip and copies.sample is None
    with record_failure(session, plan, metadata, emit) if recorded else nullcontext():
        rehearsal = rehearse(
            backup,
            plan,
            settings,
            tools,
            user=session.connection.info.user,
            accepted=request.acceptance.names,
            unrehearsed=request.acceptance.unrehearsed,
            roundtrip=request.request if request.roundtrip else None,
            application=application,
            accepted_statements=request.acceptance.statements,
            show_values=request.show_values,
            load=load,
            prepared=prepared,
            golden=copies,
            smoke=smoke,
            emit=emit,
        )
    refuse_losses(rehearsal, request.acceptance, plan)
    if rehearsal.application is not None and application is not None:
        check = count_calls(session, rehearsal.application, application)
        rehearsal = replace(rehearsal, application=check)
        refuse_broken_statements(check, request.acceptance)
    if rehearsal.roundtrip is not None and not recorded:
        refuse_not_restored(rehearsal.roundtrip, request.acceptance, (WITHOUT_ROUNDTRIP,))  # proves too little
    elif rehearsal.roundtrip is not None:
        proven = add_backup_metadata(metadata, rehearsal.backup, request.acceptance)
        record_roundtrip(session, plan, rehearsal.roundtrip, request.acceptance, proven, emit, (WITHOUT_ROUNDTRIP,))
    return rehearsal, backup, before


def _accept_rehearsal(
    run: OpenRun,
    conninfo: str,
    plan: Plan,
    settings: Settings,
    tools: Programs,
    request: DeployRequest,
    metadata: RunMetadata,
    emit: Emit,
) -> tuple[Rehearsal, Backup, Structure]:
    """The saved rehearsal instead of a new one, a new backup, and the structure of production before it.

    What the rehearsal saw is judged again: what may be lost or break is said by this deploy, not by the file.
    """
    assert request.rehearsed is not None  # the caller has looked
    session, acceptance = run.session, request.acceptance
    review = make_reviewable(session, settings, run.survey, plan, request.request)
    before = fingerprint.read_structure(session)
    basis = make_basis(session, settings, review, plan, request.statements, before)
    rehearsal = accept_rehearsal(request.rehearsed, basis, settings, roundtrip=request.roundtrip, emit=emit)
    require_rehearsed(rehearsal.unrehearsed, acceptance.unrehearsed)
    refuse_losses(rehearsal, acceptance, plan)
    if rehearsal.application is not None:
        refuse_broken_statements(rehearsal.application, acceptance)
    if rehearsal.roundtrip is not None:
        refuse_not_restored(rehearsal.roundtrip, acceptance, (WITHOUT_ROUNDTRIP,))
    backup, before = back_up(session, conninfo, settings, tools, metadata, emit, lambda: None)
    differences = compare_structures(basis.production, before)
    if differences:
        raise Refused(
            "the structure of production changed meanwhile",
            code=ErrorCode.STRUCTURE_CHANGED,
            why=format_differences(differences),
            instead=("find out who changes it outside the migrations", "rowkeep deploy"),
        )
    return rehearsal, backup, before


def refuse_losses(rehearsal: Rehearsal, acceptance: Acceptance, plan: Plan) -> None:
    """Raise Refused for a loss that nobody accepted by name, in an option or in the file."""
    lost = find_unaccepted(rehearsal.losses, acceptance.names | find_accepted_names(plan.steps))
    if lost:
        names = " ".join(f"--accept-loss {shlex.quote(name)}" for name in find_names_to_offer(lost))
        raise Refused(
            "the rehearsal lost data: production would lose it too",
            code=ErrorCode.DATA_LOSS,
            why=summarize_losses(lost, [format_loss(loss) for loss in lost]),
            instead=(
                "change the migration so that it keeps them",
                f"if they really may go: rowkeep deploy {names} --because 'REASON'",
            ),
        )


def refuse_broken_statements(check: ApplicationCheck, acceptance: Acceptance) -> None:
    """Raise Refused for a statement of the application that breaks, and that nobody accepted by name."""
    broken = find_unaccepted_changes(check, acceptance.statements)
    if broken:
        names = dict.fromkeys(change.statement.name for change in broken)
        flags = " ".join(f"--accept-broken {name}" for name in names)
        raise Refused(
            f"the migrations break {count_text(len(names), 'statement')} of the application",
            code=ErrorCode.STATEMENTS_BROKEN,
            why=[format_change(change) for change in broken],
            instead=(
                "change the migration in steps, so that the old and the new application work with the database",
                f"if the application does not send them any more: rowkeep deploy {flags} --because 'REASON'",
            ),
        )


@contextmanager
def _name_command_in_hints(command: str) -> Iterator[None]:
    """Name `command` as the next step where an error names `rowkeep up`, which does not rehearse."""
    try:
        yield
    except RowkeepError as error:
        steps = tuple(re.sub(r"\browkeep up\b", f"rowkeep {command}", step) for step in error.instead)
        raise error.replace(instead=steps) from None


def _preflight(
    run: OpenRun, settings: Settings, request: DeployRequest, background: ExitStack, emit: Emit
) -> tuple[Plan, Programs | None]:
    """The plan, and the programs it needs. None for the programs: nothing to do, and nothing was linted.

    background: stops the witness in the end, beside later stages.
    """
    session = run.session
    with run_stage(emit, "preflight", "Looking at migrations, database and programs") as note:
        survey = run.survey
        plan = make_plan_for(session, survey, request.request)
        if request.reviewed is not None:
            require_reviewed(session, settings, survey, plan, request.reviewed)
        if plan.idle:
            note.summary = f"PostgreSQL {session.major}, database {plan.database}: nothing to apply"
            return plan, None
        tools = programs.obtain_programs(
            session.major, (*CLIENT, *SERVER), pg_bin=settings.pg_bin, fetch=settings.fetch_programs, emit=emit
        )
        _require_icu(session, tools, request.stop is not StopAfter.PLAN, emit)
        note.summary = (
            f"PostgreSQL {session.major}, database {plan.database}: "
            f"{count_text(len(plan.steps), 'migration')} to apply; programs {tools.version} ({tools.origin})"
        )
    with run_stage(emit, "lint", "Reading the migrations") as note:
        pending = {step.name for step in plan.steps}
        witness = background.enter_context(scratch.start_in_background(tools))
        facts = read_live_facts(session, settings, survey.standings)
        for words in facts.live.unseen:
            emit(Noted(f"not readable, and treated as unknown: {words}", warning=True))
        result = lint_before_deploy(
            survey.directory,
            settings,
            major=session.major,
            only=pending,
            live=facts,
            emit=emit,
            accepted=dict.fromkeys(request.acceptance.names, request.acceptance.because or ""),
            witness=witness,
        )
        note.summary = format_lint_summary(result)
    for finding in result.of(Severity.WARNING):
        emit(Noted(format_finding_line(finding), warning=True))
    if request.stop is not StopAfter.PLAN:
        # Refuse before the backup what the text alone shows.
        require_rehearsed(outside.find_not_rehearsable(plan), request.acceptance.unrehearsed)
    return plan, tools


def _require_icu(session: Session, tools: Programs, rehearses: bool, emit: Emit) -> None:
    """Say before the backup that a copy cannot sort as the database does. Raises ProgramMissing where it cannot be."""
    if machine.knows_icu(tools) is not False:
        return
    collations = [Collation(*row) for row in session.ask("doctor.collations")]
    used = [one.name for one in collations if one.icu and not one.is_database]
    why = f"the server programs in {tools.directory} ({tools.origin}) are built without ICU"
    if used and rehearses:
        raise ProgramMissing(
            "the backup cannot be restored into a throw-away server",
            code=ErrorCode.ICU_MISSING,
            where=used[0],
            why=f"{why}, and the database has {count_text(len(used), 'ICU collation')}: {', '.join(used)}",
            instead=(
                "install PostgreSQL's server programs with ICU (a distribution's have it), and set pg-bin to them",
                "rowkeep doctor",
            ),
        )
    if any(one.icu and one.is_database for one in collations):
        emit(Noted(f"{why}: the copy is made with the locale C, and text sorts by bytes there", warning=True))


def back_up(
    session: Session,
    conninfo: str,
    settings: Settings,
    tools: Programs,
    run_metadata: RunMetadata,
    emit: Emit,
    watch: Callable[[], None],
) -> tuple[Backup, Structure]:
    """Take a backup as a stage. Returns it, and the structure before it. watch: what it raises ends the backup."""
    with run_stage(emit, "backup", "Taking a backup") as note:
        before = fingerprint.read_structure(session)
        backup = backups.take_backup(
            conninfo, tools, settings.backups_dir, emit=emit, commit=run_metadata.commit, watch=watch
        )
        note.summary = f"{backup.path}, {format_bytes(backup.bytes)}, {count_text(backup.rows, 'row')}"
    return backup, before


def open_sample(settings: Settings, rows: int, background: ExitStack) -> RehearsalCopies:
    """A sample of about `rows` rows of each table, and all rows of history and ledger. Nothing of it stays."""
    file = background.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    whole = {("rowkeep", ""), (settings.history_schema, settings.history_table)}
    return RehearsalCopies(sample=backups.RowSample(rows, whole, file), sample_rows=rows)


def prepare_copy(
    session: Session,
    conninfo: str,
    settings: Settings,
    tools: Programs,
    run_metadata: RunMetadata,
    emit: Emit,
    background: ExitStack,
    copies: RehearsalCopies,
) -> tuple[Backup, Structure, scratch.BackgroundServer | None]:
    """The backup for a rehearsal, the structure of production, and a server to restore it on.

    With a clone in `copies`, nothing is backed up, and no server is started. background: stops the server in the end.
    """
    if copies.reused is not None:
        return copies.reused.backup, fingerprint.read_structure(session), None
    parents = () if copies.policy is None else copies.policy.parents
    prepared = background.enter_context(
        scratch.start_in_background(tools, settings=backups.estimate_lock_settings(session), parents=parents)
    )
    if copies.sample is None:
        backup, before = back_up(session, conninfo, settings, tools, run_metadata, emit, prepared.check)
        return backup, before, prepared
    title = "Taking a sample of the rows" if copies.sample_rows else "Taking the structure"
    with run_stage(emit, "sample", title) as note:
        before = fingerprint.read_structure(session)
        folder = background.enter_context(tempfile.TemporaryDirectory(prefix="rowkeep-"))
        backup = backups.take_backup(
            conninfo, tools, folder, emit=emit, watch=prepared.check, sample=copies.sample, stage="sample"
        )
        note.summary = f"{count_text(backup.rows, 'row')} of {count_text(len(backup.counts), 'table')}"
    return backup, before, prepared


def _apply(
    run: OpenRun, plan: Plan, settings: Settings, run_metadata: RunMetadata, before: Structure, emit: Emit
) -> RunResult:
    session = run.session
    with run_stage(emit, "apply", f"Applying to {plan.database}") as note:
        differences = compare_structures(before, fingerprint.read_structure(session))
        if differences:
            raise Refused(
                "the structure of production changed while the rehearsal ran",
                code=ErrorCode.STRUCTURE_CHANGED,
                why=format_differences(differences),
                instead=("find out who changes it outside the migrations", "rowkeep deploy"),
            )
        result = execute_plan(session, plan, emit, policy=run.policy, run_metadata=run_metadata)
        remember_confirmation(session, settings)
        note.summary = f"{count_text(len(result.done), 'migration')} applied"
    return result


def _verify(session: Session, rehearsal: Rehearsal, before: Structure, backup: Backup, emit: Emit) -> None:
    with run_stage(emit, "verify", "Comparing the structure with the rehearsal's") as note:
        after = fingerprint.read_structure(session)
        differences = (
            compare_changes((rehearsal.before, rehearsal.after), (before, after)) if not rehearsal.unrehearsed else ()
        )
        if differences:
            raise Differs(
                "applied, but the structure is not what the rehearsal made: "
                f"{format_differences_summary(differences)}",
                code=ErrorCode.STRUCTURE_DIFFERS,
                why=format_differences(differences),
                remains_detail="the migrations are applied and recorded",
                instead=(
                    "rowkeep down   (undo the last migration)",
                    f"rowkeep restore {backup.id} --into NEWDB   (as it was before)",
                ),
            )
        note.summary = f"{count_text(len(after.items), 'item')}, as the rehearsal made them"
        if rehearsal.unrehearsed:
            note.summary = f"not compared: {', '.join(one.name for one in rehearsal.unrehearsed)} was not rehearsed"
    try:
        expected_structure.save_expected(session, after, f"deploy of {backup.id}")
    except Failed as error:
        emit(Noted(f"{error.what}: {error.why}", warning=True))


def add_backup_metadata(
    run_metadata: RunMetadata, backup: Backup, acceptance: Acceptance, unrehearsed: tuple[Unrehearsed, ...] = ()
) -> RunMetadata:
    """What the ledger records about this run, with its backup, and what was accepted and why."""
    details = {**run_metadata.details, "backup": backup.id, "backup_sha256": backup.sha256}
    if acceptance.names:
        details |= {"accepted_losses": sorted(acceptance.names), "because": acceptance.because}
    if acceptance.statements:
        details |= {"accepted_broken_statements": sorted(acceptance.statements), "because": acceptance.because}
    if acceptance.locks:
        details |= {"accepted_locks": sorted(acceptance.locks), "because": acceptance.because}
    if unrehearsed:
        details |= {
            "unrehearsed": [{"name": one.name, "needs": one.needs} for one in unrehearsed],
            "because": acceptance.because,
        }
    return replace(run_metadata, details=details)
