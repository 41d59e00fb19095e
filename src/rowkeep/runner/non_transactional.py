"""The instructions for a step outside a transaction: statement by statement, resumed exactly where it stopped."""

from __future__ import annotations

from collections.abc import Generator

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.history.ledger import StatementMark
from rowkeep.domain.instruction import (
    ConnectionLoss,
    ConnectionLossResolved,
    DropInvalidIndex,
    FinishRun,
    IndexInspection,
    IndexState,
    InspectIndex,
    InspectLosses,
    Instruction,
    InstructionResult,
    RecordStep,
    ResolveConnectionLoss,
    RunInTransaction,
    RunOutsideTransaction,
    ServerRefused,
    Succeeded,
    WriteMark,
)
from rowkeep.domain.operation import SetVariable
from rowkeep.domain.plan import ResumeInfo, StatementStep, Step
from rowkeep.errors import HalfDone, Remains
from rowkeep.plan.guard.additive import needs_comparison, needs_guard
from rowkeep.runner.progress import (
    RunProgress,
    make_busy_error,
    make_kept_loss_error,
    raise_unexpected_result,
    stop_run,
)

Instructions = Generator[Instruction, InstructionResult, float]


def run_outside_transaction(run: RunProgress, step: Step, number: int) -> Instructions:
    """Run every statement that is not done yet, then record the step. Returns the seconds that this run took."""
    marks = {mark.index: mark.mark for mark in step.resume}
    seconds = 0.0
    for index, piece in enumerate(step.pieces):
        if marks.get(index) is StatementMark.DONE and not _only_sets_variables(piece):
            continue
        if piece.outside:
            seconds += yield from _run_statement(run, step, index, marks)
        else:
            guarded = needs_guard(run.plan, (RunInTransaction(step, index).statement_step,))
            seconds += yield from _require_success(run, step, RunInTransaction(step, index, guarded), marks)
        marks[index] = StatementMark.DONE
    result = yield RecordStep(step, number, run.count, seconds)
    if isinstance(result, ConnectionLoss) and not result.certain:
        answer = yield ResolveConnectionLoss((step,))
        if isinstance(answer, ConnectionLossResolved) and answer.recorded:
            return seconds
    if not isinstance(result, Succeeded):
        yield from stop_run(run, result, (step,), half=_count_done(step, marks))
    return seconds


def _only_sets_variables(piece: StatementStep) -> bool:
    """Whether it only sets how later statements run: then it runs again, for the earlier run's session is gone."""
    operations = piece.statement.operations
    return (
        bool(operations)
        and piece.function is None
        and all(isinstance(operation, SetVariable) for operation in operations)
    )


def _count_done(step: Step, marks: dict[int, StatementMark]) -> tuple[int, int] | None:
    if step.pieces and step.pieces[0].function:
        # It is not known what a function committed before it stopped.
        return (0, 1)
    done = sum(mark is StatementMark.DONE for mark in marks.values())
    return (done, len(step.pieces)) if done else None


def _require_success(
    run: RunProgress, step: Step, instruction: Instruction, marks: dict[int, StatementMark]
) -> Instructions:
    """Yield an instruction that must succeed; otherwise the run stops."""
    result = yield instruction
    if not isinstance(result, Succeeded):
        yield from stop_run(run, result, (step,), half=_count_done(step, marks))
        raise_unexpected_result(result)
    return result.seconds


def _run_statement(run: RunProgress, step: Step, index: int, marks: dict[int, StatementMark]) -> Instructions:
    piece, mark = step.pieces[index], marks.get(index)
    done = WriteMark(step, index, StatementMark.DONE)
    if mark is StatementMark.BEGUN and piece.aftermath is ResumeInfo.ASK and run.plan.repeat is not True:
        if run.plan.repeat is None:
            raise _make_outcome_unknown_error(run, step, index)
        return (yield from _require_success(run, step, done, marks))
    state = IndexState.ABSENT
    if piece.index is not None:
        state = yield from _inspect_index(run, step, piece, marks)
        finished = IndexState.VALID if piece.aftermath is ResumeInfo.BUILDS_INDEX else IndexState.ABSENT
        if mark is StatementMark.BEGUN and state is finished:
            return (yield from _require_success(run, step, done, marks))
    guarded = needs_comparison(run.plan, RunOutsideTransaction(step, index).statement_step)
    if guarded:
        # Before the mark: what is not run can be edited, and leaves nothing to resume.
        inspected = yield InspectLosses(step, index)
        if not isinstance(inspected, Succeeded):
            count = sum(mark is StatementMark.DONE for mark in marks.values())
            yield from stop_run(run, inspected, (step,), half=(count, len(step.pieces)) if count else None)
            raise_unexpected_result(inspected)
    # With a valid index of that name in place, a build fails or skips at once. Marking it begun would make a later
    # run take that index for the finished one.
    if not (piece.aftermath is ResumeInfo.BUILDS_INDEX and state is IndexState.VALID):
        yield from _require_success(run, step, WriteMark(step, index, StatementMark.BEGUN), marks)
    result = yield RunOutsideTransaction(step, index, guarded)
    if isinstance(result, Succeeded):
        yield from _require_success(run, step, done, marks)
        if result.losses:
            marks[index] = StatementMark.DONE
            yield FinishRun("failed")
            raise make_kept_loss_error(run, step, result.losses, _count_done(step, marks))
        return result.seconds
    if isinstance(result, ServerRefused):
        yield WriteMark(step, index, StatementMark.FAILED, result.fault.message)
        yield from _drop_invalid_index(piece)
    yield from stop_run(run, result, (step,), half=_count_done(step, marks))
    raise_unexpected_result(result)


def _inspect_index(
    run: RunProgress, step: Step, piece: StatementStep, marks: dict[int, StatementMark]
) -> Generator[Instruction, InstructionResult, IndexState]:
    """The state of the index, after an invalid one that an earlier run left was dropped."""
    inspection = yield InspectIndex(piece)
    if not isinstance(inspection, IndexInspection):
        yield from stop_run(run, inspection, (step,), half=_count_done(step, marks))
        raise_unexpected_result(inspection)
    if inspection.stand is IndexState.BUILDING:
        yield FinishRun("busy")
        raise make_busy_error(
            run, (step,), f"the index {inspection.name} is being built by another session", inspection.blockers
        )
    if inspection.stand is IndexState.INVALID and piece.aftermath is ResumeInfo.BUILDS_INDEX:
        yield from _require_success(run, step, DropInvalidIndex(inspection.schema, inspection.name), marks)
        return IndexState.ABSENT
    return inspection.stand


def _drop_invalid_index(piece: StatementStep) -> Generator[Instruction, InstructionResult, None]:
    """Drop the index that a failed build left: invalid, it slows every write, and a unique one may refuse rows."""
    if piece.aftermath is ResumeInfo.BUILDS_INDEX:
        inspection = yield InspectIndex(piece)
        if isinstance(inspection, IndexInspection) and inspection.stand is IndexState.INVALID:
            yield DropInvalidIndex(inspection.schema, inspection.name)


def _make_outcome_unknown_error(run: RunProgress, step: Step, index: int) -> HalfDone:
    statement = step.pieces[index].statement
    again = f"rowkeep {step.direction.value}"
    return HalfDone(
        f"it is not known whether statement {index + 1} of {step.name} finished",
        code=ErrorCode.OUTCOME_UNKNOWN,
        where=statement.place,
        excerpt=statement.source.excerpt(statement.span),
        why="the run died while the server was executing it, outside a transaction",
        remains=Remains.CHANGED_IN_PART,
        remains_detail=run.detail(),
        instead=(f"{again} --interrupted again   (run it again)", f"{again} --interrupted done   (take it as done)"),
    )
