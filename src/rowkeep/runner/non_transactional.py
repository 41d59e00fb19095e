"""The orders for a step that no transaction holds: statement by statement, resumed exactly where it stopped."""

from __future__ import annotations

from collections.abc import Generator

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.history.ledger import StatementMark
from rowkeep.domain.instruction import ConnectionLoss as LostReply
from rowkeep.domain.instruction import (
    ConnectionLossResolved,
    DropInvalidIndex,
    FinishRun,
    IndexInspection,
    IndexState,
    InspectIndex,
    Instruction,
    InstructionResult,
    RecordStep,
    ResolveConnectionLoss,
    RunInTransaction,
    RunOutsideTransaction,
    ServerRefused,
    Succeeded,
)
from rowkeep.domain.instruction import WriteMark as MarkOrder
from rowkeep.domain.operation import SetVariable
from rowkeep.domain.plan import ResumeInfo, StatementStep, Step
from rowkeep.errors import HalfDone, Remains
from rowkeep.runner.progress import RunProgress, raise_busy, stop_run, unexpected_result

Orders = Generator[Instruction, InstructionResult, float]


def run_outside_transaction(run: RunProgress, step: Step, number: int) -> Orders:
    """Every statement that is not done yet, then the record. Returns the seconds of what was done now."""
    marks = {mark.index: mark.mark for mark in step.resume}
    seconds = 0.0
    for index, piece in enumerate(step.pieces):
        if marks.get(index) is StatementMark.DONE and not _sets(piece):
            continue
        if piece.outside:
            seconds += yield from _run_statement(run, step, index, marks)
        else:
            seconds += yield from _require_success(run, step, RunInTransaction(step, index), marks)
        marks[index] = StatementMark.DONE
    reply = yield RecordStep(step, number, run.count, seconds)
    if isinstance(reply, LostReply) and not reply.certain:
        answer = yield ResolveConnectionLoss((step,))
        if isinstance(answer, ConnectionLossResolved) and answer.recorded:
            return seconds
    if not isinstance(reply, Succeeded):
        yield from stop_run(run, reply, (step,), half=_half(step, marks))
    return seconds


def _sets(piece: StatementStep) -> bool:
    """Whether it only says how the statements behind it run: the session of an earlier run is gone with it."""
    operations = piece.statement.operations
    return (
        bool(operations)
        and piece.function is None
        and all(isinstance(operation, SetVariable) for operation in operations)
    )


def _half(step: Step, marks: dict[int, StatementMark]) -> tuple[int, int] | None:
    if step.pieces and step.pieces[0].function:
        # Nobody knows what a function has committed before it stopped.
        return (0, 1)
    done = sum(mark is StatementMark.DONE for mark in marks.values())
    return (done, len(step.pieces)) if done else None


def _require_success(run: RunProgress, step: Step, order: Instruction, marks: dict[int, StatementMark]) -> Orders:
    """An order that must succeed, or the run stops."""
    reply = yield order
    if not isinstance(reply, Succeeded):
        yield from stop_run(run, reply, (step,), half=_half(step, marks))
        unexpected_result(reply)
    return reply.seconds


def _run_statement(run: RunProgress, step: Step, index: int, marks: dict[int, StatementMark]) -> Orders:
    piece, mark = step.pieces[index], marks.get(index)
    done = MarkOrder(step, index, StatementMark.DONE)
    if mark is StatementMark.BEGUN and piece.aftermath is ResumeInfo.ASK and run.plan.repeat is not True:
        if run.plan.repeat is None:
            raise _ask(run, step, index)
        return (yield from _require_success(run, step, done, marks))
    stands = IndexState.ABSENT
    if piece.index is not None:
        stands = yield from _inspect(run, step, piece, marks)
        finished = IndexState.VALID if piece.aftermath is ResumeInfo.BUILDS_INDEX else IndexState.ABSENT
        if mark is StatementMark.BEGUN and stands is finished:
            return (yield from _require_success(run, step, done, marks))
    # With a valid index of that name in place, a build fails or skips at once. Marking it begun would make a later
    # run take that index for the finished one.
    if not (piece.aftermath is ResumeInfo.BUILDS_INDEX and stands is IndexState.VALID):
        yield from _require_success(run, step, MarkOrder(step, index, StatementMark.BEGUN), marks)
    reply = yield RunOutsideTransaction(step, index)
    if isinstance(reply, Succeeded):
        yield from _require_success(run, step, done, marks)
        return reply.seconds
    if isinstance(reply, ServerRefused):
        yield MarkOrder(step, index, StatementMark.FAILED, reply.fault.message)
        yield from _clean_up(piece)
    yield from stop_run(run, reply, (step,), half=_half(step, marks))
    unexpected_result(reply)


def _inspect(
    run: RunProgress, step: Step, piece: StatementStep, marks: dict[int, StatementMark]
) -> Generator[Instruction, InstructionResult, IndexState]:
    """How the index stands, after an invalid left-over was cleared away."""
    seen = yield InspectIndex(piece)
    if not isinstance(seen, IndexInspection):
        yield from stop_run(run, seen, (step,), half=_half(step, marks))
        unexpected_result(seen)
    if seen.stand is IndexState.BUILDING:
        yield FinishRun("busy")
        raise raise_busy(run, (step,), f"the index {seen.name} is being built by another session", seen.blockers)
    if seen.stand is IndexState.INVALID and piece.aftermath is ResumeInfo.BUILDS_INDEX:
        yield from _require_success(run, step, DropInvalidIndex(seen.schema, seen.name), marks)
        return IndexState.ABSENT
    return seen.stand


def _clean_up(piece: StatementStep) -> Generator[Instruction, InstructionResult, None]:
    """Drop what a failed build left: an invalid index costs every write, and a unique one may refuse rows."""
    if piece.aftermath is ResumeInfo.BUILDS_INDEX:
        seen = yield InspectIndex(piece)
        if isinstance(seen, IndexInspection) and seen.stand is IndexState.INVALID:
            yield DropInvalidIndex(seen.schema, seen.name)


def _ask(run: RunProgress, step: Step, index: int) -> HalfDone:
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
