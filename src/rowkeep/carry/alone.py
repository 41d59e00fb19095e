"""The orders for a step that no transaction holds: statement by statement, resumed exactly where it stopped."""

from __future__ import annotations

from collections.abc import Generator

from rowkeep.carry.run import Run, busy, stop, unexpected
from rowkeep.domain.act import SetVariable
from rowkeep.domain.ledger import Mark
from rowkeep.domain.order import (
    Alone,
    Close,
    Denied,
    IndexStand,
    Inspect,
    Obeyed,
    Order,
    Record,
    Reply,
    Resolve,
    Resolved,
    Seen,
    Single,
    Sweep,
)
from rowkeep.domain.order import Lost as LostReply
from rowkeep.domain.order import Mark as MarkOrder
from rowkeep.domain.plan import Aftermath, Piece, Step
from rowkeep.errors import HalfDone, Remains

Orders = Generator[Order, Reply, float]


def alone(run: Run, step: Step, number: int) -> Orders:
    """Every statement that is not done yet, then the record. Returns the seconds of what was done now."""
    marks = {mark.index: mark.mark for mark in step.resume}
    seconds = 0.0
    for index, piece in enumerate(step.pieces):
        if marks.get(index) is Mark.DONE and not _sets(piece):
            continue
        if piece.outside:
            seconds += yield from _outside(run, step, index, marks)
        else:
            seconds += yield from _told(run, step, Single(step, index), marks)
        marks[index] = Mark.DONE
    reply = yield Record(step, number, run.count, seconds)
    if isinstance(reply, LostReply) and not reply.certain:
        answer = yield Resolve((step,))
        if isinstance(answer, Resolved) and answer.recorded:
            return seconds
    if not isinstance(reply, Obeyed):
        yield from stop(run, reply, (step,), half=_half(step, marks))
    return seconds


def _sets(piece: Piece) -> bool:
    """Whether it only says how the statements behind it run: the session of an earlier run is gone with it."""
    acts = piece.statement.acts
    return bool(acts) and piece.function is None and all(isinstance(act, SetVariable) for act in acts)


def _half(step: Step, marks: dict[int, Mark]) -> tuple[int, int] | None:
    if step.pieces and step.pieces[0].function:
        # Nobody knows what a function has committed before it stopped.
        return (0, 1)
    done = sum(mark is Mark.DONE for mark in marks.values())
    return (done, len(step.pieces)) if done else None


def _told(run: Run, step: Step, order: Order, marks: dict[int, Mark]) -> Orders:
    """An order that must succeed, or the run stops."""
    reply = yield order
    if not isinstance(reply, Obeyed):
        yield from stop(run, reply, (step,), half=_half(step, marks))
        unexpected(reply)
    return reply.seconds


def _outside(run: Run, step: Step, index: int, marks: dict[int, Mark]) -> Orders:
    piece, mark = step.pieces[index], marks.get(index)
    done = MarkOrder(step, index, Mark.DONE)
    if mark is Mark.BEGUN and piece.aftermath is Aftermath.ASK and run.plan.repeat is not True:
        if run.plan.repeat is None:
            raise _ask(run, step, index)
        return (yield from _told(run, step, done, marks))
    stands = IndexStand.ABSENT
    if piece.index is not None:
        stands = yield from _inspected(run, step, piece, marks)
        finished = IndexStand.VALID if piece.aftermath is Aftermath.BUILDS_INDEX else IndexStand.ABSENT
        if mark is Mark.BEGUN and stands is finished:
            return (yield from _told(run, step, done, marks))
    # With a valid index of that name in place, a build fails or skips at once. Marking it begun would make a later
    # run take that index for the finished one.
    if not (piece.aftermath is Aftermath.BUILDS_INDEX and stands is IndexStand.VALID):
        yield from _told(run, step, MarkOrder(step, index, Mark.BEGUN), marks)
    reply = yield Alone(step, index)
    if isinstance(reply, Obeyed):
        yield from _told(run, step, done, marks)
        return reply.seconds
    if isinstance(reply, Denied):
        yield MarkOrder(step, index, Mark.FAILED, reply.fault.message)
        yield from _tidied(piece)
    yield from stop(run, reply, (step,), half=_half(step, marks))
    unexpected(reply)


def _inspected(run: Run, step: Step, piece: Piece, marks: dict[int, Mark]) -> Generator[Order, Reply, IndexStand]:
    """How the index stands, after an invalid left-over was cleared away."""
    seen = yield Inspect(piece)
    if not isinstance(seen, Seen):
        yield from stop(run, seen, (step,), half=_half(step, marks))
        unexpected(seen)
    if seen.stand is IndexStand.BUILDING:
        yield Close("busy")
        raise busy(run, (step,), f"the index {seen.name} is being built by another session", seen.blockers)
    if seen.stand is IndexStand.INVALID and piece.aftermath is Aftermath.BUILDS_INDEX:
        yield from _told(run, step, Sweep(seen.schema, seen.name), marks)
        return IndexStand.ABSENT
    return seen.stand


def _tidied(piece: Piece) -> Generator[Order, Reply, None]:
    """Drop what a failed build left: an invalid index costs every write, and a unique one may refuse rows."""
    if piece.aftermath is Aftermath.BUILDS_INDEX:
        seen = yield Inspect(piece)
        if isinstance(seen, Seen) and seen.stand is IndexStand.INVALID:
            yield Sweep(seen.schema, seen.name)


def _ask(run: Run, step: Step, index: int) -> HalfDone:
    statement = step.pieces[index].statement
    again = f"rowkeep {step.direction.value}"
    return HalfDone(
        f"nobody can tell whether statement {index + 1} of {step.name} finished",
        where=statement.place,
        excerpt=statement.source.excerpt(statement.span),
        why="the run died while the server carried it out, outside a transaction",
        remains=Remains.CHANGED_IN_PART,
        remains_detail=run.detail(),
        instead=(f"{again} --interrupted again   (run it again)", f"{again} --interrupted done   (take it as done)"),
    )
