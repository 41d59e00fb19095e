"""The instruction for a step that node-pg-migrate runs, and what its failure means."""

from __future__ import annotations

from collections.abc import Generator

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.instruction import (
    Cancelled,
    ConnectionLoss,
    FinishRun,
    Instruction,
    InstructionResult,
    LockTimeout,
    RecordFailure,
    RunNodePgMigrate,
    ServerError,
    ServerRefused,
    Succeeded,
)
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Step
from rowkeep.errors import INTERRUPTIONS, Busy, Failed, HalfDone, Interrupted, Remains, RowkeepError, Unreachable
from rowkeep.plan.node_pg_migrate import OPTION, may_leave_transaction
from rowkeep.runner.progress import RunProgress, raise_unexpected_result, stop_run


def run_with_node_pg_migrate(
    run: RunProgress, step: Step, number: int
) -> Generator[Instruction, InstructionResult, float]:
    """Let node-pg-migrate run `step`, and return the seconds it took. Raises as `run_plan` does.

    The change and its row of history are one transaction, node-pg-migrate's; our ledger follows in another one. A run
    that dies in between leaves a row without a ledger entry, and the next run adopts it.
    """
    result = yield RunNodePgMigrate(step, number, run.count)
    match result:
        case Succeeded(seconds):
            return seconds
        case ServerRefused(error):
            yield RecordFailure(step, error)
            yield FinishRun("failed")
            raise _make_error(run, step, error)
        case Cancelled(signal, kept=True):
            yield FinishRun("interrupted")
            raise Interrupted(
                f"{INTERRUPTIONS[signal]} during {step.name}",
                code=ErrorCode.INTERRUPTED,
                signal=signal,
                remains=Remains.CHANGED_IN_PART,
                remains_detail=_describe_remains(run, step),
                instead=(f"look at what {step.migration.path} has done", _again(run)),
            )
        case ConnectionLoss(message):
            raise Unreachable(
                f"the connection was lost during {step.name}",
                code=ErrorCode.OUTCOME_UNKNOWN,
                why=message,
                remains=Remains.UNKNOWN,
                remains_detail=run.detail(),
                instead=(f"rowkeep status   (tells whether {step.name} is applied)", _again(run)),
            )
        case LockTimeout(error, seconds, _, blockers):
            yield FinishRun("busy")
            raise Busy(
                f"{step.name} was not started: {error.message}",
                code=ErrorCode.NODE_PG_MIGRATE_BUSY,
                why=f"waited {seconds:.0f} s for it to end",
                blockers=blockers,
                remains_detail=run.detail(),
                instead=(_again(run),),
            )
    yield from stop_run(run, result, (step,))
    raise_unexpected_result(result)


def _again(run: RunProgress) -> str:
    return f"{run.again} {OPTION}"


def _make_error(run: RunProgress, step: Step, error: ServerError) -> RowkeepError:
    word = "applied" if step.direction is Direction.UP else "undone"
    if error.kept:
        return HalfDone(
            f"node-pg-migrate did not do exactly what {step.name} asks for",
            code=ErrorCode.NODE_PG_MIGRATE_DEVIATED,
            where=step.migration.path,
            why=error.message,
            remains_detail=run.detail(),
            instead=("rowkeep status   (shows what history says now)", "rowkeep verify", _again(run)),
        )
    if may_leave_transaction(step):
        return HalfDone(
            f"{step.name} was not {word} completely by node-pg-migrate",
            code=ErrorCode.MIGRATION_HALF_APPLIED,
            where=step.migration.path,
            why=error.message,
            sqlstate=error.sqlstate,
            remains_detail=_describe_remains(run, step),
            instead=(f"see what {step.migration.path} has done, and fix it", _again(run)),
        )
    return Failed(
        f"{step.name} was not {word} by node-pg-migrate",
        code=ErrorCode.MIGRATION_FAILED,
        where=step.migration.path,
        why=error.message,
        sqlstate=error.sqlstate,
        remains_detail=run.detail(),
        instead=(f"fix {step.migration.path}, then: {_again(run)}",),
    )


def _describe_remains(run: RunProgress, step: Step) -> str:
    reason = f"{step.name} calls noTransaction: what it did before stays, and history does not know it"
    return "; ".join(part for part in (reason, run.detail()) if part)
