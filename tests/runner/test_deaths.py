"""The runner's judgement without a server: whatever order a process dies before or after, one more run finishes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from rowkeep.domain import instruction
from rowkeep.domain.history import ledger
from rowkeep.domain.history.ledger import Checkpoint, HistoryTable
from rowkeep.domain.instruction import (
    ConnectionLossResolved,
    IndexInspection,
    IndexState,
    InstructionResult,
    Succeeded,
)
from rowkeep.domain.migration import Direction, Language, Migration, Section
from rowkeep.domain.plan import Action, Plan, ResumeInfo, RunResult, StatementStep, Step, TransactionMode
from rowkeep.domain.source import Source, Span
from rowkeep.domain.statement import Statement, TransactionUse
from rowkeep.runner import run_plan


class Died(Exception):
    """The process is gone."""


def piece(text: str, index: str | None = None) -> StatementStep:
    source = Source("m.sql", text)
    span = Span(0, len(text))
    use = TransactionUse.OUTSIDE if index else TransactionUse.ANY
    statement = Statement(source, span, Span(0, 0), use, ())
    if index is None:
        return StatementStep(statement, checksum=text)
    return StatementStep(
        statement, True, aftermath=ResumeInfo.BUILDS_INDEX, index=(None, index), table=(None, "t"), checksum=text
    )


def step(name: str, pieces: tuple[StatementStep, ...], marks: tuple[Checkpoint, ...] = ()) -> Step:
    source = Source(f"{name}.sql", "")
    migration = Migration(name, f"{name}.sql", Language.SQL, "plain", Section(source, Span(0, 0)))
    mode = TransactionMode.ALONE if any(one.outside for one in pieces) else TransactionMode.TOGETHER
    return Step(migration, Direction.UP, pieces, mode, "", "", marks)


PIECES = {
    "1_a": (piece("create table a"), piece("insert a")),
    "2_b": (piece("alter a"), piece("create index i", "i"), piece("insert b"), piece("create index j", "j")),
    "3_c": (piece("insert c"),),
}


@dataclass
class Model:
    """A database that obeys orders: what was executed (each text once, or the run is wrong), history and marks."""

    executed: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    marks: dict[tuple[str, int], ledger.StatementMark] = field(default_factory=dict)
    indexes: dict[str, bool] = field(default_factory=dict)

    def obey(self, told: instruction.Instruction, half: bool) -> InstructionResult:
        """Do it. half: die in the middle of what is no transaction (an index build leaves a ruin)."""
        match told:
            case instruction.RunTransaction(steps):
                for one in steps:
                    for part in one.pieces:
                        self._execute(part.statement.text)
                    self.history.append(one.name)
            case instruction.RunInTransaction(one, index):
                self._execute(one.pieces[index].statement.text)
                self.marks[one.name, index] = ledger.StatementMark.DONE
            case instruction.WriteMark(one, index, mark):
                self.marks[one.name, index] = mark
            case instruction.RunOutsideTransaction(one, index):
                name = one.pieces[index].index
                assert name is not None
                assert name[1] not in self.indexes, "built although it is there"
                self.indexes[name[1]] = not half
                if half:
                    raise Died
                self._execute(one.pieces[index].statement.text)
            case instruction.InspectIndex(part):
                assert part.index is not None
                valid = self.indexes.get(part.index[1])
                if valid is None:
                    return IndexInspection(IndexState.ABSENT)
                return IndexInspection(IndexState.VALID if valid else IndexState.INVALID, "public", part.index[1])
            case instruction.DropInvalidIndex(_, name):
                assert self.indexes.pop(name) is False, "a valid index was dropped"
            case instruction.RecordStep(one):
                self.history.append(one.name)
                self.marks = {key: mark for key, mark in self.marks.items() if key[0] != one.name}
        return Succeeded()

    def _execute(self, text: str) -> None:
        assert text not in self.executed, f"{text!r} was carried out twice"
        self.executed.append(text)

    def plan(self) -> Plan:
        """What is left to do."""
        steps = []
        for name, pieces in PIECES.items():
            if name in self.history:
                continue
            marks = tuple(
                Checkpoint(name, "up", index, pieces[index].checksum, mark)
                for (of, index), mark in sorted(self.marks.items())
                if of == name
            )
            steps.append((step(name, pieces, marks),))
        return Plan(Action.UP, "model", HistoryTable(), tuple(steps))


def drive(model: Model, dies_at: int | None = None, how: str = "before") -> int:
    """Run the plan; die at the order of that number, before, after or in the middle of it. Returns the orders."""
    orders = run_plan(model.plan())
    told, count = next(orders), 0
    while True:
        if count == dies_at:
            if how != "before":
                model.obey(told, half=how == "half")
            raise Died
        reply = model.obey(told, half=False)
        count += 1
        try:
            told = orders.send(reply)
        except StopIteration as end:
            assert isinstance(end.value, RunResult)
            return count


EVERYTHING = [part.statement.text for pieces in PIECES.values() for part in pieces]


def test_without_a_death() -> None:
    model = Model()
    drive(model)
    assert model.executed == EVERYTHING
    assert model.history == list(PIECES)
    assert not model.marks
    assert drive(Model(history=list(PIECES), executed=list(EVERYTHING))) == 2, "nothing to do: Open and Close only"


def deaths() -> Iterator[tuple[int, str]]:
    for number in range(drive(Model())):
        for how in ("before", "half", "after"):
            yield number, how


@pytest.mark.parametrize(("number", "how"), list(deaths()))
def test_a_death_anywhere_is_survived(number: int, how: str) -> None:
    model = Model()
    with pytest.raises(Died):
        drive(model, number, how)
    drive(model)
    assert model.executed == EVERYTHING
    assert model.history == list(PIECES)
    assert model.indexes == {"i": True, "j": True}
    assert not model.marks


@pytest.mark.parametrize(("number", "how"), list(deaths()))
@pytest.mark.parametrize("second", range(0, 14, 3))
def test_two_deaths_are_survived(number: int, how: str, second: int) -> None:
    model = Model()
    with pytest.raises(Died):
        drive(model, number, how)
    try:
        drive(model, second, how)
    except Died:
        drive(model)
    assert model.executed == EVERYTHING
    assert model.history == list(PIECES)
    assert model.indexes == {"i": True, "j": True}


def lose(model: Model, at: int, committed: bool, found: bool | None) -> RunResult:
    """The connection breaks at an order; `found` is what a new one sees."""
    orders = run_plan(model.plan())
    told, count = next(orders), 0
    while True:
        if count == at:
            if committed:
                model.obey(told, half=False)
            reply: InstructionResult = instruction.ConnectionLoss("gone")
        elif isinstance(told, instruction.ResolveConnectionLoss):
            reply = ConnectionLossResolved(found)
        else:
            reply = model.obey(told, half=False)
        count += 1
        try:
            told = orders.send(reply)
        except StopIteration as end:
            carried: RunResult = end.value
            return carried


def test_a_commit_whose_answer_was_lost_is_looked_up_and_the_run_goes_on() -> None:
    model = Model()
    carried = lose(model, 1, committed=True, found=True)
    assert [one.name for one, _ in carried.done] == list(PIECES)
    assert model.executed == EVERYTHING


def test_a_lost_transaction_stops_the_run_with_nothing_of_it() -> None:
    from rowkeep.errors import Remains, Unreachable

    with pytest.raises(Unreachable) as stopped:
        lose(Model(), 1, committed=False, found=False)
    assert stopped.value.remains is Remains.ROLLED_BACK


def test_what_cannot_be_looked_up_is_said_to_be_unknown() -> None:
    from rowkeep.errors import Remains, Unreachable

    with pytest.raises(Unreachable) as stopped:
        lose(Model(), 1, committed=True, found=None)
    assert stopped.value.remains is Remains.UNKNOWN


def test_nobody_but_a_person_can_tell_of_some_statements() -> None:
    from rowkeep.errors import HalfDone

    ask = replace(piece("call p()", "x"), aftermath=ResumeInfo.ASK, index=None)
    marks = (Checkpoint("1_a", "up", 0, "call p()", ledger.StatementMark.BEGUN),)
    plan = Plan(Action.UP, "model", HistoryTable(), ((step("1_a", (ask,), marks),),))
    orders = run_plan(plan)
    next(orders)
    with pytest.raises(HalfDone) as stopped:
        orders.send(Succeeded())
    assert any("--interrupted again" in line for line in stopped.value.instead)
    done = run_plan(replace(plan, repeat=False))
    next(done)
    assert done.send(Succeeded()) == instruction.WriteMark(plan.steps[0], 0, ledger.StatementMark.DONE)
