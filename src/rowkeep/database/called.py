"""A migration in Python: its function is called, within our transaction or, where it says so, outside of one."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg
from psycopg.pq import TransactionStatus

from rowkeep.database import load, together
from rowkeep.database.fault import fault
from rowkeep.database.given import Database
from rowkeep.database.hand import BEGIN, COMMIT, ROLLBACK, Hand, Script
from rowkeep.database.interrupts import Stopped
from rowkeep.database.pipeline import GOOD, Command, ConnectionLost, Heard
from rowkeep.database.session import question
from rowkeep.database.talk import Talk
from rowkeep.domain.event import Blocker, MigrationEnded, StatementBegan, StatementEnded
from rowkeep.domain.order import Alone, Denied, Fault, Halted, Lost, Obeyed, Reply
from rowkeep.domain.plan import Step

Blockers = tuple[Blocker, ...]
ENDED = "the function has ended the transaction that it was called in, which is Rowkeep's to do"


class Calls:
    """A unit with a migration in Python, as a trial: the whole transaction is tried again, the functions with it."""

    def __init__(self, hand: Hand, steps: tuple[Step, ...]) -> None:
        self.hand = hand
        self.steps = steps
        self.lock_timeout_ms = hand.rules.lock_timeout_ms
        self.blockers: Blockers = ()
        self.prepared = True
        self.overheld = None

    def once(self) -> tuple[Fault | None, Blockers]:
        """One try, from loading the files to COMMIT."""
        ends: list[tuple[Step, float]] = []
        self.blockers = ()
        with load.surroundings(self.hand.tell):
            said = self._carried(ends)
        if said is None:
            for step, seconds in ends:
                self.hand.tell(MigrationEnded(step.name, step.direction.value, seconds))
        return said, self.blockers

    def forgotten(self) -> bool:
        """A function says DEALLOCATE ALL: the next try asks for nothing that was prepared."""
        before, self.prepared = self.prepared, False
        return before

    def differently(self) -> bool:
        """A function is called as it is."""
        return False

    def again(self, attempts: int, blockers: Blockers) -> None:
        """Longer waits where an autovacuum is in the way, now and then."""
        longer = together.escalates(attempts, blockers)
        self.lock_timeout_ms = together.AUTOVACUUM_MS if longer else self.hand.rules.lock_timeout_ms

    def _carried(self, ends: list[tuple[Step, float]]) -> Fault | None:
        # Loading may take its time, so no transaction is open yet.
        functions, said = _loaded(self.hand, self.steps)
        if said is not None or (said := _spoken(self.hand, [BEGIN])) is not None:
            return said
        count = 0
        for step in self.steps:
            began = time.perf_counter()
            if step.pieces and step.pieces[0].function:
                said = self._called(step, functions[id(step)], count)
                said = said or self._recorded(step)
                count += 1
            else:
                script = Script([])
                count = together.add(self.hand, script, step, count)
                said, self.blockers = together.speak(self.hand, script, [*map(self._ours, script.commands)], [])
            if said is not None:
                return self._undone(said)
            ends.append((step, time.perf_counter() - began))
        said = _spoken(self.hand, [COMMIT])
        return said if said is None else self._undone(said)

    def _called(self, step: Step, function: load.Function, count: int) -> Fault | None:
        """Call it in the transaction that is open; it must be open, and the same one, when the function returns."""
        # A function may end the transaction by force: its later texts find the same schemas.
        path = Command(question("text_path"), (self.hand.search_path.encode(),))
        opening = [path, self.hand.settings(self.lock_timeout_ms), *self.hand.forms()]
        if said := _spoken(self.hand, [*map(self._ours, opening)]):
            return said
        connection = self.hand.session.connection
        ours = _transaction(self.hand)
        talk = Talk(self.hand, outside=False)
        said = _call(talk, step, function, count)
        self.blockers = talk.blockers or self.blockers
        status = connection.pgconn.transaction_status
        if connection.closed or status == TransactionStatus.UNKNOWN:
            raise ConnectionLost(said.message if said else "the connection was closed", certain=True)
        if status == TransactionStatus.INERROR:
            # Whatever the function made of it, that error is the cause.
            return said if talk.broke is None else load.fault(step, talk.broke[0], count, talk.broke[1])
        if status == TransactionStatus.IDLE or _transaction(self.hand) != ours:
            self.hand.session.own.foreign = True
            return Fault(ENDED, piece=count, kept=True)
        return said

    def _recorded(self, step: Step) -> Fault | None:
        """What the function has set ends with it, and it is recorded."""
        said = _spoken(self.hand, [*map(self._ours, self.hand.put_back())], self.hand.holds)
        return said or _spoken(self.hand, [*self.hand.guard(), self._ours(self.hand.record(step))])

    def _ours(self, command: Command) -> Command:
        return command._replace(prepared=command.prepared and self.prepared)

    def _undone(self, said: Fault) -> Fault:
        connection = self.hand.session.connection
        if not connection.closed and connection.pgconn.transaction_status != TransactionStatus.IDLE:
            _spoken(self.hand, [ROLLBACK])
        return said


def outside(hand: Hand, told: Alone) -> Reply:
    """Call a function that commits by itself."""
    step = told.step
    connection = hand.session.connection
    with load.surroundings(hand.tell):
        functions, said = _loaded(hand, (step,))
        if said is not None:
            return Denied(said)
        began = time.perf_counter()
        talk = Talk(hand, outside=True)
        try:
            talk.begin_outside()
        except psycopg.Error as error:
            return Lost(str(error).strip(), certain=True)
        said = _call(talk, step, functions[id(step)], told.index)
    if connection.closed:
        return Lost(said.message if said else "the connection was closed")
    if connection.pgconn.transaction_status != TransactionStatus.IDLE:
        said = said or Fault("the function left a transaction open", piece=told.index)
        _spoken(hand, [ROLLBACK])
    if hand.interrupts.number is not None:
        return Halted(hand.interrupts.number)
    return Obeyed(time.perf_counter() - began) if said is None else Denied(said)


def _loaded(hand: Hand, steps: tuple[Step, ...]) -> tuple[dict[int, load.Function], Fault | None]:
    """The functions of the steps that have one. Signals break in: a file may do anything while it is loaded."""
    found, count = {}, 0
    for step in steps:
        if step.pieces and step.pieces[0].function:
            try:
                with hand.interrupts.breaking():
                    found[id(step)] = load.load(step)
            except Stopped:
                return found, Fault("interrupted", piece=count)
            except (Exception, SystemExit) as error:
                return found, load.fault(step, error, count)
        count += len(step.pieces)
    return found, None


def _call(talk: Talk, step: Step, function: load.Function, count: int) -> Fault | None:
    """Call it; None where it returns."""
    hand, statement = talk.hand, step.pieces[0].statement
    hand.interrupts.at = f"{step.name} at {statement.place}"
    hand.tell(StatementBegan(step.name, 0, 1, statement.place, statement.head))
    began = time.perf_counter()
    try:
        with talk.attended(), hand.interrupts.breaking():
            function(Database(talk))
    except Stopped:
        return Fault("interrupted", piece=count)
    except psycopg.Error as error:
        return load.fault(step, error, count, talk.sent)
    except (Exception, SystemExit) as error:
        return load.fault(step, error, count)
    hand.tell(StatementEnded(step.name, 0, time.perf_counter() - began))
    return None


def _transaction(hand: Hand) -> str:
    """The name of the transaction that is open. Raises ConnectionLost."""
    try:
        return str(hand.session.ask("own_transaction")[0][0])
    except psycopg.Error as error:
        raise ConnectionLost(str(error).strip(), certain=True) from None


def _spoken(hand: Hand, commands: list[Command], last: Callable[[Heard], None] | None = None) -> Fault | None:
    """Say commands of our own; what the server has against them. last: is told the answer to the last of them."""
    heard = hand.speak(commands)
    for each in heard:
        if each.result is not None and each.result.status not in GOOD:
            return fault(each.result)
    if last is not None:
        last(heard[-1])
    return None
