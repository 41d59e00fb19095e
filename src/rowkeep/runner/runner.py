"""The decisions of a run, without a server: so they can be tested for every point where a process can die."""

from __future__ import annotations

from collections.abc import Generator

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.instruction import (
    ConnectionLoss,
    ConnectionLossResolved,
    FinishRun,
    Instruction,
    InstructionResult,
    ResolveConnectionLoss,
    RunTransaction,
    ServerRefused,
    StartRun,
    Succeeded,
)
from rowkeep.domain.plan import Plan, RunResult, Step, TransactionMode
from rowkeep.errors import Remains, Unreachable
from rowkeep.plan.guard.additive import needs_guard
from rowkeep.runner.node_pg_migrate import run_with_node_pg_migrate
from rowkeep.runner.non_transactional import run_outside_transaction
from rowkeep.runner.progress import RunProgress, make_bookkeeping_error, raise_unexpected_result, stop_run


def run_plan(plan: Plan) -> Generator[Instruction, InstructionResult, RunResult]:
    """Yield instructions, receive the result of each, and return what was done.

    Where an earlier run died is in the plan (`Step.resume`). Raises Failed, HalfDone, Busy, Interrupted and
    Unreachable, each with the state of the database.
    """
    run = RunProgress(plan, len(plan.steps))
    result = yield StartRun(plan)
    if not isinstance(result, Succeeded):
        yield from _stop_at_start(run, result)
    number = 1
    for unit in plan.units:
        if unit[0].mode is TransactionMode.ALONE:
            seconds = yield from run_outside_transaction(run, unit[0], number)
        elif unit[0].mode is TransactionMode.HANDED:
            seconds = yield from run_with_node_pg_migrate(run, unit[0], number)
        else:
            seconds = yield from _run_group(run, unit, number)
        run.done.extend((step, seconds) for step in unit)
        number += len(unit)
    yield FinishRun("done")
    return RunResult(plan, tuple(run.done))


def _run_group(
    run: RunProgress, unit: tuple[Step, ...], number: int
) -> Generator[Instruction, InstructionResult, float]:
    result = yield RunTransaction(unit, number, run.count, needs_guard(run.plan, unit))
    if isinstance(result, Succeeded):
        return result.seconds
    if isinstance(result, ConnectionLoss) and not result.certain:
        answer = yield ResolveConnectionLoss(unit)
        if not isinstance(answer, ConnectionLossResolved):
            raise_unexpected_result(answer)
        if answer.recorded:
            return 0.0
        if answer.gone:
            raise _make_server_changed_error(run, unit, result, answer)
        if answer.recorded is None:
            raise Unreachable(
                f"the connection was lost during {unit[0].name}",
                code=ErrorCode.OUTCOME_UNKNOWN,
                why=(result.message, answer.why),
                remains=Remains.UNKNOWN,
                remains_detail=run.detail(),
                instead=(f"rowkeep status   (tells whether {unit[0].name} is applied)", run.again),
            )
    yield from stop_run(run, result, unit)
    raise_unexpected_result(result)


def _make_server_changed_error(
    run: RunProgress, unit: tuple[Step, ...], result: ConnectionLoss, answer: ConnectionLossResolved
) -> Unreachable:
    count = len(answer.gone)
    reason = (
        f"{count} migration{'' if count == 1 else 's'} of this run, recorded before, {'is' if count == 1 else 'are'}"
    )
    return Unreachable(
        f"the connection was lost during {unit[0].name}, and the server that answers now is in an older state",
        code=ErrorCode.SERVER_CHANGED,
        why=(result.message, f"{reason} not in its history: {', '.join(answer.gone)}"),
        remains=Remains.UNKNOWN,
        remains_detail="as after the promotion of a standby that had not received everything",
        instead=(
            "rowkeep status   (as this server has it)",
            "make sure that the old primary is fenced off",
            run.again,
        ),
    )


def _stop_at_start(run: RunProgress, result: InstructionResult) -> Generator[Instruction, InstructionResult, None]:
    if isinstance(result, ServerRefused) and result.fault.ours:
        # Nothing is recorded: there may be no ledger to write to.
        raise make_bookkeeping_error(run, result.fault)
    if run.plan.steps:
        yield from stop_run(run, result, (run.plan.steps[0],))
    raise_unexpected_result(result)
