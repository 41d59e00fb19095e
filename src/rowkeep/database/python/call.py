"""A migration in Python: its function is called, within our transaction or, where it says so, outside of one."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg
from psycopg.pq import TransactionStatus

from rowkeep.database.connection.pipeline import GOOD, ConnectionLost, PipelineAnswer, PipelineCommand
from rowkeep.database.connection.server_error import error_of_result
from rowkeep.database.connection.signals import StopRequested
from rowkeep.database.executor import transaction
from rowkeep.database.executor.run_context import BEGIN, COMMIT, ROLLBACK, RunContext, TransactionScript
from rowkeep.database.python import load
from rowkeep.database.python.api import MigrationDatabase
from rowkeep.database.python.channel import MigrationChannel
from rowkeep.database.queries import load_query
from rowkeep.domain.event import Blocker, MigrationFinished, StatementFinished, StatementStarted
from rowkeep.domain.instruction import (
    Cancelled,
    ConnectionLoss,
    InstructionResult,
    RunOutsideTransaction,
    ServerError,
    ServerRefused,
    Succeeded,
)
from rowkeep.domain.plan import Step

Blockers = tuple[Blocker, ...]
ENDED = "the function has ended the transaction that it was called in, which is Rowkeep's to do"


class PythonTransaction:
    """A unit with a migration in Python, as a trial: the whole transaction is tried again, the functions with it."""

    def __init__(self, context: RunContext, steps: tuple[Step, ...]) -> None:
        self.context = context
        self.steps = steps
        self.lock_timeout_ms = context.rules.lock_timeout_ms
        self.blockers: Blockers = ()
        self.prepared = True
        self.overheld = None

    def once(self) -> tuple[ServerError | None, Blockers]:
        """One try, from loading the files to COMMIT."""
        ends: list[tuple[Step, float]] = []
        self.blockers = ()
        with load.import_environment(self.context.emit):
            said = self._carried(ends)
        if said is None:
            for step, seconds in ends:
                self.context.emit(MigrationFinished(step.name, step.direction.value, seconds))
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
        longer = transaction.should_wait_longer(attempts, blockers)
        self.lock_timeout_ms = transaction.AUTOVACUUM_MS if longer else self.context.rules.lock_timeout_ms

    def _carried(self, ends: list[tuple[Step, float]]) -> ServerError | None:
        # Loading may take its time, so no transaction is open yet.
        functions, said = _load_functions(self.context, self.steps)
        if said is not None or (said := _execute(self.context, [BEGIN])) is not None:
            return said
        count = 0
        for step in self.steps:
            began = time.perf_counter()
            if step.pieces and step.pieces[0].function:
                said = self._called(step, functions[id(step)], count)
                said = said or self._recorded(step)
                count += 1
            else:
                script = TransactionScript([])
                count = transaction.add_step(self.context, script, step, count)
                said, self.blockers = transaction.send_commands(
                    self.context, script, [*map(self._ours, script.commands)], []
                )
            if said is not None:
                return self._undone(said)
            ends.append((step, time.perf_counter() - began))
        said = _execute(self.context, [COMMIT])
        return said if said is None else self._undone(said)

    def _called(self, step: Step, function: load.Function, count: int) -> ServerError | None:
        """Call it in the transaction that is open; it must be open, and the same one, when the function returns."""
        # A function may end the transaction by force: its later texts find the same schemas.
        path = PipelineCommand(load_query("session.set_search_path"), (self.context.search_path.encode(),))
        opening = [path, self.context.settings(self.lock_timeout_ms), *self.context.forms()]
        if said := _execute(self.context, [*map(self._ours, opening)]):
            return said
        connection = self.context.session.connection
        ours = _transaction(self.context)
        talk = MigrationChannel(self.context, outside=False)
        said = _call(talk, step, function, count)
        self.blockers = talk.blockers or self.blockers
        status = connection.pgconn.transaction_status
        if connection.closed or status == TransactionStatus.UNKNOWN:
            raise ConnectionLost(said.message if said else "the connection was closed", certain=True)
        if status == TransactionStatus.INERROR:
            # Whatever the function made of it, that error is the cause.
            return said if talk.broke is None else load.locate_exception(step, talk.broke[0], count, talk.broke[1])
        if status == TransactionStatus.IDLE or _transaction(self.context) != ours:
            self.context.session.own.foreign = True
            return ServerError(ENDED, piece=count, kept=True)
        return said

    def _recorded(self, step: Step) -> ServerError | None:
        """What the function has set ends with it, and it is recorded."""
        said = _execute(self.context, [*map(self._ours, self.context.put_back())], self.context.holds)
        return said or _execute(self.context, [*self.context.guard(), self._ours(self.context.record(step))])

    def _ours(self, command: PipelineCommand) -> PipelineCommand:
        return command._replace(prepared=command.prepared and self.prepared)

    def _undone(self, said: ServerError) -> ServerError:
        connection = self.context.session.connection
        if not connection.closed and connection.pgconn.transaction_status != TransactionStatus.IDLE:
            _execute(self.context, [ROLLBACK])
        return said


def call_outside_transaction(context: RunContext, told: RunOutsideTransaction) -> InstructionResult:
    """Call a function that commits by itself."""
    step = told.step
    connection = context.session.connection
    with load.import_environment(context.emit):
        functions, said = _load_functions(context, (step,))
        if said is not None:
            return ServerRefused(said)
        began = time.perf_counter()
        talk = MigrationChannel(context, outside=True)
        try:
            talk.begin_outside()
        except psycopg.Error as error:
            return ConnectionLoss(str(error).strip(), certain=True)
        said = _call(talk, step, functions[id(step)], told.index)
    if connection.closed:
        return ConnectionLoss(said.message if said else "the connection was closed")
    if connection.pgconn.transaction_status != TransactionStatus.IDLE:
        said = said or ServerError("the function left a transaction open", piece=told.index)
        _execute(context, [ROLLBACK])
    if context.interrupts.number is not None:
        return Cancelled(context.interrupts.number)
    return Succeeded(time.perf_counter() - began) if said is None else ServerRefused(said)


def _load_functions(
    context: RunContext, steps: tuple[Step, ...]
) -> tuple[dict[int, load.Function], ServerError | None]:
    """The functions of the steps that have one. Signals break in: a file may do anything while it is loaded."""
    found, count = {}, 0
    for step in steps:
        if step.pieces and step.pieces[0].function:
            try:
                with context.interrupts.breaking():
                    found[id(step)] = load.load_function(step)
            except StopRequested:
                return found, ServerError("interrupted", piece=count)
            except (Exception, SystemExit) as error:
                return found, load.locate_exception(step, error, count)
        count += len(step.pieces)
    return found, None


def _call(talk: MigrationChannel, step: Step, function: load.Function, count: int) -> ServerError | None:
    """Call it; None where it returns."""
    context, statement = talk.context, step.pieces[0].statement
    context.interrupts.at = f"{step.name} at {statement.place}"
    context.emit(StatementStarted(step.name, 0, 1, statement.place, statement.head))
    began = time.perf_counter()
    try:
        with talk.attended(), context.interrupts.breaking():
            function(MigrationDatabase(talk))
    except StopRequested:
        return ServerError("interrupted", piece=count)
    except psycopg.Error as error:
        return load.locate_exception(step, error, count, talk.sent)
    except (Exception, SystemExit) as error:
        return load.locate_exception(step, error, count)
    context.emit(StatementFinished(step.name, 0, time.perf_counter() - began))
    return None


def _transaction(context: RunContext) -> str:
    """The name of the transaction that is open. Raises ConnectionLost."""
    try:
        return str(context.session.ask("session.virtual_transaction")[0][0])
    except psycopg.Error as error:
        raise ConnectionLost(str(error).strip(), certain=True) from None


def _execute(
    context: RunContext, commands: list[PipelineCommand], last: Callable[[PipelineAnswer], None] | None = None
) -> ServerError | None:
    """Say commands of our own; what the server has against them. last: is told the answer to the last of them."""
    heard = context.speak(commands)
    for each in heard:
        if each.result is not None and each.result.status not in GOOD:
            return error_of_result(each.result)
    if last is not None:
        last(heard[-1])
    return None
