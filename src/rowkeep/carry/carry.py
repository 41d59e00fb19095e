"""Plan -> orders. The judgement of the runner: testable without a server, for every point where a process can die."""

from __future__ import annotations

from collections.abc import Generator

from rowkeep.carry.alone import alone
from rowkeep.carry.handed import handed
from rowkeep.carry.run import Run, refused, stop, unexpected
from rowkeep.domain.order import (
    Carried,
    Close,
    Denied,
    Lost,
    Obeyed,
    Open,
    Order,
    Reply,
    Resolve,
    Resolved,
    Together,
)
from rowkeep.domain.plan import Mode, Plan, Step
from rowkeep.errors import Remains, Unreachable


def carry(plan: Plan) -> Generator[Order, Reply, Carried]:
    """Yield orders, be sent the reply to each, return what was done.

    Where a run died is in the plan (`Step.resume`). Raises Failed, HalfDone, Busy, Interrupted, Unreachable with the
    state of the database.
    """
    run = Run(plan, len(plan.steps))
    reply = yield Open(plan)
    if not isinstance(reply, Obeyed):
        yield from _not_opened(run, reply)
    number = 1
    for unit in plan.units:
        if unit[0].mode is Mode.ALONE:
            seconds = yield from alone(run, unit[0], number)
        elif unit[0].mode is Mode.HANDED:
            seconds = yield from handed(run, unit[0], number)
        else:
            seconds = yield from _together(run, unit, number)
        run.done.extend((step, seconds) for step in unit)
        number += len(unit)
    yield Close("done")
    return Carried(plan, tuple(run.done))


def _together(run: Run, unit: tuple[Step, ...], number: int) -> Generator[Order, Reply, float]:
    reply = yield Together(unit, number, run.count)
    if isinstance(reply, Obeyed):
        return reply.seconds
    if isinstance(reply, Lost) and not reply.certain:
        answer = yield Resolve(unit)
        if not isinstance(answer, Resolved):
            unexpected(answer)
        if answer.recorded:
            return 0.0
        if answer.gone:
            raise _another_server(run, unit, reply, answer)
        if answer.recorded is None:
            raise Unreachable(
                f"the connection was lost during {unit[0].name}",
                why=f"{reply.message}\n{answer.why}",
                remains=Remains.UNKNOWN,
                remains_detail=run.detail(),
                instead=(f"rowkeep status   (tells whether {unit[0].name} is applied)", run.again),
            )
    yield from stop(run, reply, unit)
    unexpected(reply)


def _another_server(run: Run, unit: tuple[Step, ...], reply: Lost, answer: Resolved) -> Unreachable:
    count = len(answer.gone)
    said = (
        f"{count} migration{'' if count == 1 else 's'} of this run, recorded before, {'is' if count == 1 else 'are'}"
    )
    return Unreachable(
        f"the connection was lost during {unit[0].name}, and the server that answers now has an older state",
        why=f"{reply.message}\n{said} not in its history: {', '.join(answer.gone)}",
        remains=Remains.UNKNOWN,
        remains_detail="as after the promotion of a standby that had not received everything",
        instead=(
            "rowkeep status   (as this server has it)",
            "make sure that the old primary is fenced off",
            run.again,
        ),
    )


def _not_opened(run: Run, reply: Reply) -> Generator[Order, Reply, None]:
    if isinstance(reply, Denied) and reply.fault.ours:
        # Nothing of the run is written down: there may be no ledger to write to.
        raise refused(run, reply.fault)
    if run.plan.steps:
        yield from stop(run, reply, (run.plan.steps[0],))
    unexpected(reply)
