"""What a run has done so far, and how it stops: the one place where a reply becomes an error with its state."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import NoReturn

from rowkeep.domain.count import count_text, plural_form
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Blocker
from rowkeep.domain.instruction import (
    Cancelled,
    ConnectionLoss,
    FinishRun,
    Instruction,
    InstructionResult,
    LockHoldExceeded,
    LockTimeout,
    RecordFailure,
    ServerError,
    ServerRefused,
)
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Plan, Step
from rowkeep.errors import INTERRUPTIONS, Busy, Failed, HalfDone, Interrupted, Remains, RowkeepError, Unreachable
from rowkeep.runner.locate_error import locate_in_steps, quoted_words

Orders = Generator[Instruction, InstructionResult, None]

DISK_FULL = "53100"
GOES_ON = "   (goes on at the statement that failed)"
AGAIN = "   (calls the function again, from its beginning)"


@dataclass(slots=True)
class RunProgress:
    """A run under way. count: of the plan's steps. done: the steps that are recorded, with their seconds."""

    plan: Plan
    count: int
    done: list[tuple[Step, float]] = field(default_factory=list)

    def detail(self) -> str | None:
        """What of this run stays: `2 migrations of this run are applied: a, b`."""
        said = []
        for direction, word in ((Direction.UP, "applied"), (Direction.DOWN, "undone")):
            names = [step.name for step, _ in self.done if step.direction is direction]
            if names:
                verb = "migration of this run is" if len(names) == 1 else "migrations of this run are"
                said.append(f"{len(names)} {verb} {word}: {', '.join(names)}")
        return "; ".join(said) or None

    @property
    def again(self) -> str:
        """The command that goes on."""
        return f"rowkeep {self.plan.action.value}"


def stop_run(
    run: RunProgress, reply: InstructionResult, steps: tuple[Step, ...], *, half: tuple[int, int] | None = None
) -> Orders:
    """Write the failure down and raise it. half: (done, all) statements of an ALONE step that stay."""
    match reply:
        case ServerRefused(fault):
            yield RecordFailure(find_failed_step(steps, fault), fault)
            yield FinishRun("failed")
            raise _server_refused(run, steps, fault, half)
        case LockTimeout(fault, seconds, attempts, blockers):
            yield RecordFailure(find_failed_step(steps, fault), fault)
            yield FinishRun("busy")
            raise raise_busy(
                run, steps, f"{count_text(attempts, 'attempt')} in {seconds:.0f} s", blockers, fault.sqlstate
            )
        case LockHoldExceeded(fault):
            yield RecordFailure(find_failed_step(steps, fault), fault)
            yield FinishRun("failed")
            raise _hold_exceeded(run, steps, reply, half)
        case Cancelled(signal):
            yield FinishRun("interrupted")
            raise _interruption(run, steps, signal, half)
        case ConnectionLoss(message):
            raise Unreachable(
                "the connection was lost",
                code=ErrorCode.CONNECTION_LOST,
                why=message,
                remains=Remains.CHANGED_IN_PART if half else Remains.ROLLED_BACK,
                remains_detail=_remainder(run, steps, half),
                instead=("rowkeep status", run.again),
            )
        case _:
            unexpected_result(reply)


def unexpected_result(reply: InstructionResult) -> NoReturn:
    """A reply that the order before cannot have."""
    raise AssertionError(f"an order was answered with {type(reply).__name__}")


def raise_busy(
    run: RunProgress, steps: tuple[Step, ...], why: str, blockers: tuple[Blocker, ...], sqlstate: str | None = None
) -> Busy:
    """Somebody holds what a step needs."""
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


def find_failed_step(steps: tuple[Step, ...], fault: ServerError) -> Step:
    """The step of the unit that failed."""
    left = fault.piece
    for step in steps:
        if left is None or left < len(step.pieces):
            return step
        left -= len(step.pieces)
    return steps[-1]


def _remainder(run: RunProgress, steps: tuple[Step, ...], half: tuple[int, int] | None) -> str | None:
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


def is_refused(run: RunProgress, fault: ServerError, remains_detail: str | None = None) -> RowkeepError:
    """The server has refused something of Rowkeep's own, which no migration is to blame for."""
    return Failed(
        fault.ours,
        code=ErrorCode.BOOKKEEPING_FAILED,
        where=run.plan.database,
        why=quoted_words(fault),
        sqlstate=fault.sqlstate,
        remains_detail=remains_detail or run.detail(),
        instead=(f"rowkeep doctor, then: {run.again}",),
    )


def _server_refused(
    run: RunProgress, steps: tuple[Step, ...], fault: ServerError, half: tuple[int, int] | None
) -> RowkeepError:
    if fault.ours and half is None:
        return is_refused(run, fault)
    blame = locate_in_steps(steps, fault)
    step = find_failed_step(steps, fault)
    half = (0, 1) if fault.kept else half
    goes_on = AGAIN if step.pieces and step.pieces[0].function else GOES_ON
    verb = "applied" if step.direction is Direction.UP else "undone"
    kind, code = (Failed, ErrorCode.MIGRATION_FAILED) if half is None else (HalfDone, ErrorCode.MIGRATION_HALF_APPLIED)
    return kind(
        f"{step.name} was not {verb}" if half is None else f"{step.name} is half done",
        code=code,
        where=blame.where,
        why=blame.why,
        sqlstate=fault.sqlstate,
        excerpt=blame.excerpt,
        remains_detail=_remainder(run, steps, half),
        instead=(f"{_cure(step, fault)}, then: {run.again}" + (goes_on if half else ""),),
    )


def _cure(step: Step, fault: ServerError) -> str:
    if fault.sqlstate == DISK_FULL:
        return "make room on the server's disk"
    return f"fix {step.migration.path}"


def _hold_exceeded(
    run: RunProgress, steps: tuple[Step, ...], reply: LockHoldExceeded, half: tuple[int, int] | None
) -> RowkeepError:
    blame = locate_in_steps(steps, reply.fault)
    step = find_failed_step(steps, reply.fault)
    worst = max(reply.locks, key=lambda held: held.hold_s)
    kind = Failed if half is None else HalfDone
    lines = [
        f"{held.mode.sql} on {held.table} for {held.hold_s:.1f} s, for the statement at {held.place}: "
        f"{'reads and writes' if held.mode.blocks_reads else 'writes'} of others waited"
        for held in sorted(reply.locks, key=lambda held: held.table)
    ]
    return kind(
        f"{step.name} held {worst.mode.sql} on {worst.table} for {worst.hold_s:.1f} s; "
        f"the limit is {reply.limit_s:g} s, so it was cancelled",
        code=ErrorCode.LOCK_HOLD_EXCEEDED,
        where=blame.where,
        why=lines,
        sqlstate=reply.fault.sqlstate,
        excerpt=blame.excerpt,
        remains_detail=_remainder(run, steps, half),
        instead=(
            f"rowkeep lint {step.migration.path}   (shows the form that blocks nobody)",
            f"{run.again} --hold-limit 5min   (where the application can stand still for so long)",
        ),
    )


def _interruption(
    run: RunProgress, steps: tuple[Step, ...], signal: int, half: tuple[int, int] | None
) -> RowkeepError:
    return Interrupted(
        f"{INTERRUPTIONS[signal]} during {steps[0].name}; cancelled on the server",
        code=ErrorCode.INTERRUPTED,
        signal=signal,
        remains=Remains.CHANGED_IN_PART if half else Remains.ROLLED_BACK,
        remains_detail=_remainder(run, steps, half),
        instead=(run.again,),
    )
