"""The runner's judgement without a server: whatever order a process dies before or after, one more run finishes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from rowkeep.carry import carry
from rowkeep.domain import ledger, order
from rowkeep.domain.ledger import Checkpoint, HistoryTable
from rowkeep.domain.migration import Direction, Language, Migration, Section
from rowkeep.domain.order import IndexStand, Obeyed, Reply, Resolved, Seen
from rowkeep.domain.plan import Aftermath, Carried, Errand, Mode, Piece, Plan, Step
from rowkeep.domain.source import Source, Span
from rowkeep.domain.statement import Statement, TransactionUse


class Died(Exception):
    """The process is gone."""


def piece(text: str, index: str | None = None) -> Piece:
    source = Source("m.sql", text)
    span = Span(0, len(text))
    use = TransactionUse.OUTSIDE if index else TransactionUse.ANY
    statement = Statement(source, span, Span(0, 0), use, ())
    if index is None:
        return Piece(statement, checksum=text)
    return Piece(
        statement, True, aftermath=Aftermath.BUILDS_INDEX, index=(None, index), table=(None, "t"), checksum=text
    )


def step(name: str, pieces: tuple[Piece, ...], marks: tuple[Checkpoint, ...] = ()) -> Step:
    source = Source(f"{name}.sql", "")
    migration = Migration(name, f"{name}.sql", Language.SQL, "plain", Section(source, Span(0, 0)))
    mode = Mode.ALONE if any(one.outside for one in pieces) else Mode.TOGETHER
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
    marks: dict[tuple[str, int], ledger.Mark] = field(default_factory=dict)
    indexes: dict[str, bool] = field(default_factory=dict)

    def obey(self, told: order.Order, half: bool) -> Reply:
        """Do it. half: die in the middle of what is no transaction (an index build leaves a ruin)."""
        match told:
            case order.Together(steps):
                for one in steps:
                    for part in one.pieces:
                        self._execute(part.statement.text)
                    self.history.append(one.name)
            case order.Single(one, index):
                self._execute(one.pieces[index].statement.text)
                self.marks[one.name, index] = ledger.Mark.DONE
            case order.Mark(one, index, mark):
                self.marks[one.name, index] = mark
            case order.Alone(one, index):
                name = one.pieces[index].index
                assert name is not None
                assert name[1] not in self.indexes, "built although it is there"
                self.indexes[name[1]] = not half
                if half:
                    raise Died
                self._execute(one.pieces[index].statement.text)
            case order.Inspect(part):
                assert part.index is not None
                valid = self.indexes.get(part.index[1])
                if valid is None:
                    return Seen(IndexStand.ABSENT)
                return Seen(IndexStand.VALID if valid else IndexStand.INVALID, "public", part.index[1])
            case order.Sweep(_, name):
                assert self.indexes.pop(name) is False, "a valid index was dropped"
            case order.Record(one):
                self.history.append(one.name)
                self.marks = {key: mark for key, mark in self.marks.items() if key[0] != one.name}
        return Obeyed()

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
        return Plan(Errand.UP, "model", HistoryTable(), tuple(steps))


def drive(model: Model, dies_at: int | None = None, how: str = "before") -> int:
    """Run the plan; die at the order of that number, before, after or in the middle of it. Returns the orders."""
    orders = carry(model.plan())
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
            assert isinstance(end.value, Carried)
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


def lose(model: Model, at: int, committed: bool, found: bool | None) -> Carried:
    """The connection breaks at an order; `found` is what a new one sees."""
    orders = carry(model.plan())
    told, count = next(orders), 0
    while True:
        if count == at:
            if committed:
                model.obey(told, half=False)
            reply: Reply = order.Lost("gone")
        elif isinstance(told, order.Resolve):
            reply = Resolved(found)
        else:
            reply = model.obey(told, half=False)
        count += 1
        try:
            told = orders.send(reply)
        except StopIteration as end:
            carried: Carried = end.value
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

    ask = replace(piece("call p()", "x"), aftermath=Aftermath.ASK, index=None)
    marks = (Checkpoint("1_a", "up", 0, "call p()", ledger.Mark.BEGUN),)
    plan = Plan(Errand.UP, "model", HistoryTable(), ((step("1_a", (ask,), marks),),))
    orders = carry(plan)
    next(orders)
    with pytest.raises(HalfDone) as stopped:
        orders.send(Obeyed())
    assert any("--interrupted again" in line for line in stopped.value.instead)
    done = carry(replace(plan, repeat=False))
    next(done)
    assert done.send(Obeyed()) == order.Mark(plan.steps[0], 0, ledger.Mark.DONE)
