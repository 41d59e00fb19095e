"""Plan -> orders. The judgement of the runner: testable without a server, for every point where a process can die."""

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
from rowkeep.runner.node_pg_migrate import run_with_node_pg_migrate
from rowkeep.runner.non_transactional import run_outside_transaction
from rowkeep.runner.progress import RunProgress, is_refused, stop_run, unexpected_result


def run_plan(plan: Plan) -> Generator[Instruction, InstructionResult, RunResult]:
    """Yield orders, be sent the reply to each, return what was done.

    Where a run died is in the plan (`Step.resume`). Raises Failed, HalfDone, Busy, Interrupted, Unreachable with the
    state of the database.
    """
    run = RunProgress(plan, len(plan.steps))
    reply = yield StartRun(plan)
    if not isinstance(reply, Succeeded):
        yield from _fail_to_open(run, reply)
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
    reply = yield RunTransaction(unit, number, run.count)
    if isinstance(reply, Succeeded):
        return reply.seconds
    if isinstance(reply, ConnectionLoss) and not reply.certain:
        answer = yield ResolveConnectionLoss(unit)
        if not isinstance(answer, ConnectionLossResolved):
            unexpected_result(answer)
        if answer.recorded:
            return 0.0
        if answer.gone:
            raise _another_server(run, unit, reply, answer)
        if answer.recorded is None:
            raise Unreachable(
                f"the connection was lost during {unit[0].name}",
                code=ErrorCode.OUTCOME_UNKNOWN,
                why=(reply.message, answer.why),
                remains=Remains.UNKNOWN,
                remains_detail=run.detail(),
                instead=(f"rowkeep status   (tells whether {unit[0].name} is applied)", run.again),
            )
    yield from stop_run(run, reply, unit)
    unexpected_result(reply)


def _another_server(
    run: RunProgress, unit: tuple[Step, ...], reply: ConnectionLoss, answer: ConnectionLossResolved
) -> Unreachable:
    count = len(answer.gone)
    said = (
        f"{count} migration{'' if count == 1 else 's'} of this run, recorded before, {'is' if count == 1 else 'are'}"
    )
    return Unreachable(
        f"the connection was lost during {unit[0].name}, and the server that answers now is in an older state",
        code=ErrorCode.SERVER_CHANGED,
        why=(reply.message, f"{said} not in its history: {', '.join(answer.gone)}"),
        remains=Remains.UNKNOWN,
        remains_detail="as after the promotion of a standby that had not received everything",
        instead=(
            "rowkeep status   (as this server has it)",
            "make sure that the old primary is fenced off",
            run.again,
        ),
    )


def _fail_to_open(run: RunProgress, reply: InstructionResult) -> Generator[Instruction, InstructionResult, None]:
    if isinstance(reply, ServerRefused) and reply.fault.ours:
        # Nothing of the run is written down: there may be no ledger to write to.
        raise is_refused(run, reply.fault)
    if run.plan.steps:
        yield from stop_run(run, reply, (run.plan.steps[0],))
    unexpected_result(reply)
