"""What a run has done so far, and how it stops. Here a result becomes an error with the state of the database."""

from __future__ import annotations

import shlex
from collections.abc import Generator
from typing import NoReturn

from rowkeep.domain.count import count_text, plural_form
from rowkeep.domain.deploy.loss import Loss
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Blocker
from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.instruction import (
    Cancelled,
    ConnectionLoss,
    FinishRun,
    Instruction,
    InstructionResult,
    LockHoldExceeded,
    LockTimeout,
    LossesRefused,
    RecordFailure,
    ServerError,
    ServerRefused,
)
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Plan, Step
from rowkeep.errors import (
    INTERRUPTIONS,
    Busy,
    Failed,
    HalfDone,
    Interrupted,
    Refused,
    Remains,
    RowkeepError,
    Unreachable,
)
from rowkeep.plan.losses import find_names_to_offer, summarize_losses
from rowkeep.runner.locate_error import locate_in_steps, quote_server

Instructions = Generator[Instruction, InstructionResult, None]

DISK_FULL = "53100"
GOES_ON = "   (goes on at the statement that failed)"
AGAIN = "   (calls the function again, from its beginning)"


@dataclass(slots=True)
class RunProgress:
    """A run that has started. count: of the plan's steps. done: the steps that are recorded, with their seconds."""

    plan: Plan
    count: int
    done: list[tuple[Step, float]] = field(default_factory=list)

    def detail(self) -> str | None:
        """What remains of this run: `2 migrations of this run are applied: a, b`."""
        lines = []
        for direction, word in ((Direction.UP, "applied"), (Direction.DOWN, "undone")):
            names = [step.name for step, _ in self.done if step.direction is direction]
            if names:
                verb = "migration of this run is" if len(names) == 1 else "migrations of this run are"
                lines.append(f"{len(names)} {verb} {word}: {', '.join(names)}")
        return "; ".join(lines) or None

    @property
    def again(self) -> str:
        """The command that continues."""
        return f"rowkeep {self.plan.action.value}"


def stop_run(
    run: RunProgress, result: InstructionResult, steps: tuple[Step, ...], *, half: tuple[int, int] | None = None
) -> Instructions:
    """Record the failure and raise it. half: (done, all) statements of a non-transactional step that remain."""
    match result:
        case ServerRefused(error):
            yield RecordFailure(find_failed_step(steps, error), error)
            yield FinishRun("failed")
            raise _make_server_error(run, steps, error, half)
        case LossesRefused(losses, was_run=was_run):
            error = ServerError(f"the guard {'rolled it back' if was_run else 'did not run it'}: {losses[0].detail}")
            yield RecordFailure(find_step_of_loss(steps, losses[0]), error)
            yield FinishRun("failed")
            raise make_loss_error(run, steps, losses, half, was_run=was_run)
        case LockTimeout(error, seconds, attempts, blockers):
            yield RecordFailure(find_failed_step(steps, error), error)
            yield FinishRun("busy")
            raise make_busy_error(
                run, steps, f"{count_text(attempts, 'attempt')} in {seconds:.0f} s", blockers, error.sqlstate
            )
        case LockHoldExceeded(error):
            yield RecordFailure(find_failed_step(steps, error), error)
            yield FinishRun("failed")
            raise _make_hold_error(run, steps, result, half)
        case Cancelled(signal):
            yield FinishRun("interrupted")
            raise _make_interrupted_error(run, steps, signal, half)
        case ConnectionLoss(message):
            raise Unreachable(
                "the connection was lost",
                code=ErrorCode.CONNECTION_LOST,
                why=message,
                remains=Remains.CHANGED_IN_PART if half else Remains.ROLLED_BACK,
                remains_detail=_describe_remains(run, steps, half),
                instead=("rowkeep status", run.again),
            )
        case _:
            raise_unexpected_result(result)


def find_step_of_loss(steps: tuple[Step, ...], loss: Loss) -> Step:
    """The step whose statement lost something, as far as that can be told; else the first one."""
    if loss.place is not None:
        for step in steps:
            if any(piece.statement.source.path == loss.place.path for piece in step.pieces):
                return step
    return steps[0]


def make_loss_error(
    run: RunProgress,
    steps: tuple[Step, ...],
    losses: tuple[Loss, ...],
    half: tuple[int, int] | None,
    *,
    was_run: bool = True,
) -> RowkeepError:
    """The error for a transaction that the guard rolled back, or for a statement that it did not run."""
    step = find_step_of_loss(steps, losses[0])
    names = find_names_to_offer(losses)
    kind = Refused if half is None else HalfDone
    lines = [f"{loss.place}: {loss.detail}" if loss.place else loss.detail for loss in losses]
    options = " ".join(f"--accept-loss {shlex.quote(name)}" for name in names)
    hint = "if it may go" if len(names) == 1 else "if it may go; one such line for each of the names below"
    ending = "rolled back" if was_run else "not run"
    unchanged = Remains.ROLLED_BACK if was_run else Remains.UNCHANGED
    return kind(
        f"{step.name} would lose data, so it was {ending}",
        code=ErrorCode.DATA_LOSS,
        where=losses[0].place or step.migration.path,
        why=summarize_losses(losses, lines),
        remains=unchanged if half is None else Remains.CHANGED_IN_PART,
        remains_detail=_describe_remains(run, steps, half),
        instead=(
            f"change {step.migration.path} so that it keeps them",
            *(
                f"-- rowkeep: accept-loss {name} because REASON   (in {step.migration.path}, {hint})"
                for name in names[:1]
            ),
            f"{run.again} {options} --because 'REASON'   (the same, for this run)",
        ),
    )


def make_kept_loss_error(
    run: RunProgress, step: Step, losses: tuple[Loss, ...], half: tuple[int, int] | None
) -> RowkeepError:
    """The error for what a statement outside a transaction took: nothing can roll it back."""
    lines = [f"{loss.place}: {loss.detail}" if loss.place else loss.detail for loss in losses]
    tables = dict.fromkeys(loss.owner for loss in losses)
    return HalfDone(
        f"{step.name} has lost data outside a transaction: it cannot be rolled back",
        code=ErrorCode.DATA_LOSS,
        where=losses[0].place or step.migration.path,
        why=summarize_losses(losses, lines),
        remains=Remains.CHANGED_IN_PART,
        remains_detail=_describe_remains(run, (step,), half),
        instead=(
            f"rowkeep restore latest --into NEWDB   (to copy what is lost of {', '.join([*tables][:3])})",
            f"{run.again}   (goes on after that statement: if it was meant to go)",
        ),
    )


def raise_unexpected_result(result: InstructionResult) -> NoReturn:
    """Raise for a result that this instruction cannot have."""
    raise AssertionError(f"an instruction was answered with {type(result).__name__}")


def make_busy_error(
    run: RunProgress, steps: tuple[Step, ...], why: str, blockers: tuple[Blocker, ...], sqlstate: str | None = None
) -> Busy:
    """The error for a lock that a step needs and another session holds."""
    return Busy(
        f"{steps[0].name}: could not acquire a lock",
        code=ErrorCode.LOCK_TIMEOUT,
        where=steps[0].migration.path,
        why=f"{why}, each given up after a moment so that the application never waits behind it",
        sqlstate=sqlstate,
        blockers=blockers,
        remains=Remains.ROLLED_BACK,
        remains_detail=run.detail(),
        instead=(run.again, f"{run.again} --lock-deadline 10min   (try for longer)"),
    )


def find_failed_step(steps: tuple[Step, ...], error: ServerError) -> Step:
    """The step of the transaction group that failed."""
    position = error.piece
    for step in steps:
        if position is None or position < len(step.pieces):
            return step
        position -= len(step.pieces)
    return steps[-1]


def _describe_remains(run: RunProgress, steps: tuple[Step, ...], half: tuple[int, int] | None) -> str | None:
    done = run.detail()
    if half is None:
        return done
    function = steps[0].pieces[0].function if steps[0].pieces else None
    part = (
        f"what {function}() of {steps[0].name} has committed stays"
        if function
        else f"{half[0]} of {count_text(half[1], 'statement')} of {steps[0].name} "
        f"{plural_form(half[0], 'is', 'are')} done"
    )
    return f"{part}; {done}" if done else part


def make_bookkeeping_error(run: RunProgress, error: ServerError, remains_detail: str | None = None) -> RowkeepError:
    """The error for a statement of Rowkeep's own that the server refused: no migration caused it."""
    return Failed(
        error.ours,
        code=ErrorCode.BOOKKEEPING_FAILED,
        where=run.plan.database,
        why=quote_server(error),
        sqlstate=error.sqlstate,
        remains_detail=remains_detail or run.detail(),
        instead=(f"rowkeep doctor, then: {run.again}",),
    )


def _make_server_error(
    run: RunProgress, steps: tuple[Step, ...], error: ServerError, half: tuple[int, int] | None
) -> RowkeepError:
    if error.ours and half is None:
        return make_bookkeeping_error(run, error)
    location = locate_in_steps(steps, error)
    step = find_failed_step(steps, error)
    half = (0, 1) if error.kept else half
    goes_on = AGAIN if step.pieces and step.pieces[0].function else GOES_ON
    verb = "applied" if step.direction is Direction.UP else "undone"
    kind, code = (Failed, ErrorCode.MIGRATION_FAILED) if half is None else (HalfDone, ErrorCode.MIGRATION_HALF_APPLIED)
    return kind(
        f"{step.name} was not {verb}" if half is None else f"{step.name} is half done",
        code=code,
        where=location.where,
        why=location.why,
        sqlstate=error.sqlstate,
        excerpt=location.excerpt,
        remains_detail=_describe_remains(run, steps, half),
        instead=(f"{_describe_fix(step, error)}, then: {run.again}" + (goes_on if half else ""),),
    )


def _describe_fix(step: Step, error: ServerError) -> str:
    if error.sqlstate == DISK_FULL:
        return "make room on the server's disk"
    return f"fix {step.migration.path}"


def _make_hold_error(
    run: RunProgress, steps: tuple[Step, ...], result: LockHoldExceeded, half: tuple[int, int] | None
) -> RowkeepError:
    location = locate_in_steps(steps, result.fault)
    step = find_failed_step(steps, result.fault)
    longest = max(result.locks, key=lambda lock: lock.hold_s)
    kind = Failed if half is None else HalfDone
    lines = [
        f"{lock.mode.sql} on {lock.table} for {lock.hold_s:.1f} s, for the statement at {lock.place}: "
        f"{'reads and writes' if lock.mode.blocks_reads else 'writes'} of others waited"
        for lock in sorted(result.locks, key=lambda lock: lock.table)
    ]
    return kind(
        f"{step.name} held {longest.mode.sql} on {longest.table} for {longest.hold_s:.1f} s; "
        f"the limit is {result.limit_s:g} s, so it was cancelled",
        code=ErrorCode.LOCK_HOLD_EXCEEDED,
        where=location.where,
        why=lines,
        sqlstate=result.fault.sqlstate,
        excerpt=location.excerpt,
        remains_detail=_describe_remains(run, steps, half),
        instead=(
            f"rowkeep lint {step.migration.path}   (shows the form that blocks nobody)",
            f"{run.again} --hold-limit 5min   (where the application can stand still for so long)",
        ),
    )


def _make_interrupted_error(
    run: RunProgress, steps: tuple[Step, ...], signal: int, half: tuple[int, int] | None
) -> RowkeepError:
    return Interrupted(
        f"{INTERRUPTIONS[signal]} during {steps[0].name}; cancelled on the server",
        code=ErrorCode.INTERRUPTED,
        signal=signal,
        remains=Remains.CHANGED_IN_PART if half else Remains.ROLLED_BACK,
        remains_detail=_describe_remains(run, steps, half),
        instead=(run.again,),
    )
