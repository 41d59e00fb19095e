"""Calls the function of a migration in Python, in our transaction or, if it asks for that, outside of one."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg
from psycopg.pq import TransactionStatus

from rowkeep.database.connection.pipeline import GOOD, ConnectionLost, PipelineAnswer, PipelineCommand
from rowkeep.database.connection.server_error import error_of_result
from rowkeep.database.connection.signals import StopRequested
from rowkeep.database.executor.build_script import add_step
from rowkeep.database.executor.retry import AUTOVACUUM_MS, should_wait_longer
from rowkeep.database.executor.run_context import RunContext
from rowkeep.database.executor.script import BEGIN, COMMIT, FIRE_DEFERRED, ROLLBACK, TransactionScript
from rowkeep.database.executor.send import send_commands
from rowkeep.database.executor.transaction import announce_steps, commit_steps
from rowkeep.database.guard.outside_comparison import compare_outside
from rowkeep.database.guard.transaction_guard import TransactionGuard
from rowkeep.database.python import load
from rowkeep.database.python.api import MigrationDatabase
from rowkeep.database.python.channel import MigrationChannel
from rowkeep.database.queries import load_query
from rowkeep.domain.event import Blocker, MigrationFinished, StatementFinished, StatementStarted
from rowkeep.domain.instruction import (
    Cancelled,
    ConnectionLoss,
    InstructionResult,
    LossesRefused,
    RunOutsideTransaction,
    RunTransaction,
    ServerError,
    ServerRefused,
    Succeeded,
)
from rowkeep.domain.plan import Step

Blockers = tuple[Blocker, ...]
TRANSACTION_ENDED = "the function has ended the transaction that it was called in, which is Rowkeep's to do"


def run_python_transaction(context: RunContext, instruction: RunTransaction) -> InstructionResult:
    """Run a transaction group that has a migration in Python. Raises nothing for what the server says."""
    announce_steps(context, instruction)
    guard = TransactionGuard(context, instruction.steps) if instruction.guarded else None
    return commit_steps(context, instruction.steps, PythonTransaction(context, instruction.steps, guard))


class PythonTransaction:
    """A transaction with migrations in Python. A new attempt calls the functions again."""

    def __init__(self, context: RunContext, steps: tuple[Step, ...], guard: TransactionGuard | None = None) -> None:
        self.context = context
        self.steps = steps
        self.guard = guard
        self.losses_refused: LossesRefused | None = None
        self.lock_timeout_ms = context.policy.lock_timeout_ms
        self.blockers: Blockers = ()
        self.uses_prepared = True
        self.hold_exceeded = None

    def attempt(self) -> tuple[ServerError | None, Blockers]:
        """Try once, from loading the files to COMMIT."""
        finished: list[tuple[Step, float]] = []
        self.blockers = ()
        with load.import_environment(self.context.emit):
            error = self._run(finished)
        if error is None:
            for step, seconds in finished:
                self.context.emit(MigrationFinished(step.name, step.direction.value, seconds))
        return error, self.blockers

    def stop_using_prepared(self) -> bool:
        """A function ran DEALLOCATE ALL: send the text of each command next time."""
        before, self.uses_prepared = self.uses_prepared, False
        return before

    def stop_locking_first(self) -> bool:
        """A function takes its locks itself."""
        return False

    def plan_next_attempt(self, attempts: int, blockers: Blockers) -> None:
        """Wait longer for locks now and then, while an autovacuum is in the way."""
        longer = should_wait_longer(attempts, blockers)
        self.lock_timeout_ms = AUTOVACUUM_MS if longer else self.context.policy.lock_timeout_ms

    def _run(self, finished: list[tuple[Step, float]]) -> ServerError | None:
        # Loading may take long, so no transaction is open yet.
        functions, error = _load_functions(self.context, self.steps)
        if error is not None or (error := self._begin()) is not None:
            return error
        count = 0
        for step in self.steps:
            began = time.perf_counter()
            if step.pieces and step.pieces[0].function:
                error = self._call(step, functions[id(step)], count)
                error = error or self._record(step)
                count += 1
            else:
                script = TransactionScript([])
                count = add_step(self.context, script, step, count)
                commands = [*map(self._without_prepared, script.commands)]
                error, self.blockers = send_commands(self.context, script, commands, [])
            if error is None and step is not self.steps[-1]:
                error = _execute(self.context, [PipelineCommand(load_query("session.defer_again"))])
            if error is not None:
                return self._roll_back(error)
            finished.append((step, time.perf_counter() - began))
        return self._commit(finished)

    def _begin(self) -> ServerError | None:
        if self.guard is None:
            return _execute(self.context, [BEGIN])
        self.guard.begin()
        return _execute(self.context, [BEGIN]) or self._ask_for_guard(self.guard.first_commands())

    def _commit(self, finished: list[tuple[Step, float]]) -> ServerError | None:
        if self.guard is None:
            error = _execute(self.context, [COMMIT])
            return error if error is None else self._roll_back(error)
        if (error := self._ask_for_guard(self.guard.last_commands())) is not None:
            return self._roll_back(error)
        outcome = self.guard.finish()
        self.losses_refused = outcome.refused
        if outcome.is_alone:
            finished.clear()
            return self._run(finished)
        return outcome.error

    def _ask_for_guard(self, commands: list[PipelineCommand]) -> ServerError | None:
        """Send the guard's commands, and give it the answers."""
        commands = [*map(self._without_prepared, commands)]
        answers = self.context.send(commands)
        for answer in answers:
            if answer.result is not None and answer.result.status not in GOOD:
                return error_of_result(answer.result)
            if self.guard is not None:
                self.guard.note_answer(commands[answer.number], answer.result)
        return None

    def _call(self, step: Step, function: load.Function, count: int) -> ServerError | None:
        """Call the function in the open transaction, which must still be the open one when the function returns."""
        # A function may end the transaction by force: its later statements find the same schemas.
        path = PipelineCommand(load_query("session.set_search_path"), (self.context.search_path.encode(),))
        opening = [path, self.context.begin_command(self.lock_timeout_ms), *self.context.value_form_commands()]
        if error := _execute(self.context, [*map(self._without_prepared, opening)]):
            return error
        connection = self.context.session.connection
        transaction = _transaction(self.context)
        channel = MigrationChannel(self.context, outside=False)
        error = _call(channel, step, function, count)
        self.blockers = channel.blockers or self.blockers
        status = connection.pgconn.transaction_status
        if connection.closed or status == TransactionStatus.UNKNOWN:
            raise ConnectionLost(error.message if error else "the connection was closed", certain=True)
        if status == TransactionStatus.INERROR:
            # Whatever the function did with the first error, that error is the cause.
            if channel.cause is None:
                return error
            cause, sent = channel.cause
            return load.locate_exception(step, cause, count, sent)
        if status == TransactionStatus.IDLE or _transaction(self.context) != transaction:
            self.context.session.own.foreign = True
            return ServerError(TRANSACTION_ENDED, piece=count, kept=True)
        return error

    def _record(self, step: Step) -> ServerError | None:
        """Run deferred triggers, undo what the function has set, and record the step."""
        context = self.context
        restore = [FIRE_DEFERRED, *map(self._without_prepared, context.restore_commands())]
        record = [*context.own_table_checks(), self._without_prepared(context.record_command(step))]
        return _execute(context, restore, context.note_leftovers) or _execute(context, record)

    def _without_prepared(self, command: PipelineCommand) -> PipelineCommand:
        return command._replace(prepared=command.prepared and self.uses_prepared)

    def _roll_back(self, error: ServerError) -> ServerError:
        connection = self.context.session.connection
        if not connection.closed and connection.pgconn.transaction_status != TransactionStatus.IDLE:
            _execute(self.context, [ROLLBACK])
        return error


def call_outside_transaction(context: RunContext, instruction: RunOutsideTransaction) -> InstructionResult:
    """Call a function that commits by itself. Its changes of the catalog are compared, its changes of rows are not."""
    return compare_outside(context, instruction, lambda comparison: _call_outside(context, instruction))


def _call_outside(context: RunContext, instruction: RunOutsideTransaction) -> InstructionResult:
    step = instruction.step
    connection = context.session.connection
    with load.import_environment(context.emit):
        functions, error = _load_functions(context, (step,))
        if error is not None:
            return ServerRefused(error)
        began = time.perf_counter()
        channel = MigrationChannel(context, outside=True)
        try:
            channel.set_timeouts()
        except psycopg.Error as lost:
            return ConnectionLoss(str(lost).strip(), certain=True)
        error = _call(channel, step, functions[id(step)], instruction.index)
    if connection.closed:
        return ConnectionLoss(error.message if error else "the connection was closed")
    if connection.pgconn.transaction_status != TransactionStatus.IDLE:
        error = error or ServerError("the function left a transaction open", piece=instruction.index)
        _execute(context, [ROLLBACK])
    if context.interrupts.number is not None:
        return Cancelled(context.interrupts.number)
    return Succeeded(time.perf_counter() - began) if error is None else ServerRefused(error)


def _load_functions(
    context: RunContext, steps: tuple[Step, ...]
) -> tuple[dict[int, load.Function], ServerError | None]:
    """Load the functions of the steps that have one. A signal ends it: a file may do anything while it is loaded."""
    functions, count = {}, 0
    for step in steps:
        if step.pieces and step.pieces[0].function:
            try:
                with context.interrupts.breaking():
                    functions[id(step)] = load.load_function(step)
            except StopRequested:
                return functions, ServerError("interrupted", piece=count)
            except (Exception, SystemExit) as error:
                return functions, load.locate_exception(step, error, count)
        count += len(step.pieces)
    return functions, None


def _call(channel: MigrationChannel, step: Step, function: load.Function, count: int) -> ServerError | None:
    """Call the function; None if it returns normally."""
    context, statement = channel.context, step.pieces[0].statement
    context.interrupts.at = f"{step.name} at {statement.place}"
    context.emit(StatementStarted(step.name, 0, 1, statement.place, statement.head))
    began = time.perf_counter()
    try:
        with channel.attend(), context.interrupts.breaking():
            function(MigrationDatabase(channel))
    except StopRequested:
        return ServerError("interrupted", piece=count)
    except psycopg.Error as error:
        return load.locate_exception(step, error, count, channel.sent)
    except (Exception, SystemExit) as error:
        return load.locate_exception(step, error, count)
    context.emit(StatementFinished(step.name, 0, time.perf_counter() - began))
    return None


def _transaction(context: RunContext) -> str:
    """The identity of the open transaction. Raises ConnectionLost."""
    try:
        return str(context.session.ask("session.virtual_transaction")[0][0])
    except psycopg.Error as error:
        raise ConnectionLost(str(error).strip(), certain=True) from None


def _execute(
    context: RunContext, commands: list[PipelineCommand], last: Callable[[PipelineAnswer], None] | None = None
) -> ServerError | None:
    """Send commands of our own and return the server's error. last: called with the last answer."""
    answers = context.send(commands)
    for answer in answers:
        if answer.result is not None and answer.result.status not in GOOD:
            return error_of_result(answer.result)
    if last is not None:
        last(answers[-1])
    return None
