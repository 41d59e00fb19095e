"""Runs a transaction: the statements of its steps and their records, retried as a whole while it lacks a lock."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import psycopg

from rowkeep.database.connection.pipeline import ConnectionLost, PipelineCommand
from rowkeep.database.executor import leftovers, lock_precheck
from rowkeep.database.executor.build_script import build_script, build_single_statement
from rowkeep.database.executor.lock_order import take_locks_first
from rowkeep.database.executor.lock_timing import LockTimer
from rowkeep.database.executor.retry import (
    AUTOVACUUM_MS,
    RetriableTransaction,
    run_until_committed,
    should_wait_longer,
)
from rowkeep.database.executor.run_context import RunContext
from rowkeep.database.executor.script import CommitGuard, GuardOutcome, TransactionScript
from rowkeep.database.executor.send import send_commands
from rowkeep.database.guard.transaction_guard import TransactionGuard
from rowkeep.database.queries import load_query
from rowkeep.domain.event import Blocker, MigrationFinished, MigrationStarted
from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.instruction import (
    ConnectionLoss,
    InstructionResult,
    LockHoldExceeded,
    LossesRefused,
    RunTransaction,
    ServerError,
    Succeeded,
)
from rowkeep.domain.plan import Step
from rowkeep.plan.guard.additive import needs_guard


def run_transaction(context: RunContext, instruction: RunTransaction) -> InstructionResult:
    """Run the steps of a transaction group. Raises nothing for what the server says."""
    announce_steps(context, instruction)
    steps = instruction.steps
    following = context.group_after(steps)
    guard = TransactionGuard(context, steps) if instruction.guarded else None
    built = context.scripts.pop(_key(steps), None) if guard is None else None

    def build() -> TransactionScript:
        return build_script(context, steps, guard)

    def build_following() -> None:
        if following and _key(following) not in context.scripts and not needs_guard(context.plan, following):
            context.scripts[_key(following)] = build_script(context, following)

    return commit_steps(
        context, steps, PipelinedTransaction(context, built or build(), build_following, rebuild=build)
    )


def announce_steps(context: RunContext, instruction: RunTransaction) -> None:
    """Report that the steps of a transaction begin."""
    for number, step in enumerate(instruction.steps, instruction.number):
        context.emit(MigrationStarted(step.name, step.direction.value, number, instruction.count))


def commit_steps(context: RunContext, steps: tuple[Step, ...], transaction: RetriableTransaction) -> InstructionResult:
    """Run `transaction`, which applies and records these steps, and clear the session after it."""
    tables = lock_precheck.needed_locks_of_steps(context, steps)
    context.created_tables |= lock_precheck.tables_created_by(steps)
    result = run_until_committed(context, transaction, steps[0].name, tables)
    if isinstance(result, Succeeded):
        context.recorded += [(step.name, step.direction.value) for step in steps]
        # The next instruction finds out if the connection breaks here.
        with suppress(ConnectionLost):
            leftovers.clear_session(context, steps)
    return result


def _key(steps: tuple[Step, ...]) -> tuple[str, str]:
    """A step is large: its name and direction stand for it."""
    return steps[0].name, steps[0].direction.value


def run_single_statement(
    context: RunContext, step: Step, index: int, mark: PipelineCommand, guard: TransactionGuard | None
) -> InstructionResult:
    """Run one statement of a step without a transaction of its own, with its mark, in one transaction."""
    try:
        context.begin_migration_settings()
    except psycopg.Error as error:
        return ConnectionLoss(str(error).strip(), certain=True)

    def build() -> TransactionScript:
        return build_single_statement(context, step, index, mark, guard)

    tables = {} if step.own_lock_timeout else lock_precheck.find_needed_locks([step.pieces[index].statement])
    return run_until_committed(context, PipelinedTransaction(context, build(), rebuild=build), step.name, tables)


def run_outside_transaction(
    context: RunContext,
    step: Step,
    index: int,
    tables: lock_precheck.NeededLocks,
    after: tuple[PipelineCommand, CommitGuard] | None = None,
) -> InstructionResult:
    """Run a statement that cannot run in a transaction and blocks others while it works (VACUUM FULL).

    after: a command to send right after it, and who reads its answer.
    """
    script = TransactionScript(
        [PipelineCommand(step.pieces[index].statement.text.encode())], {0: (step, index, index)}
    )
    if after is not None:
        script.commands.append(after[0])
        script.guard = after[1]
    return run_until_committed(context, PipelinedTransaction(context, script, outside=True), step.name, tables)


@dataclass(slots=True)
class PipelinedTransaction:
    """A transaction whose commands are sent all at once.

    meanwhile: what can be done while the server works. outside: the command runs outside a transaction. rebuild: makes
    the script again, where the guard needs other commands in it.
    """

    context: RunContext
    script: TransactionScript
    meanwhile: Callable[[], None] | None = None
    outside: bool = False
    rebuild: Callable[[], TransactionScript] | None = None
    timer: LockTimer = field(init=False)
    commands: list[PipelineCommand] = field(init=False)
    outcome: GuardOutcome = field(default_factory=GuardOutcome)

    def __post_init__(self) -> None:
        self._add_locks(by_name=True)

    def _add_locks(self, *, by_name: bool) -> None:
        self.timer = LockTimer(
            self.context, take_locks_first(self.context, self.script, outside=self.outside, by_name=by_name)
        )
        self.commands = self.timer.script.commands

    @property
    def hold_exceeded(self) -> LockHoldExceeded | None:
        """The result, where the last attempt held its locks too long."""
        return self.timer.hold_exceeded

    @property
    def losses_refused(self) -> LossesRefused | None:
        """The result, where the guard rolled the last attempt back."""
        return self.outcome.refused

    def attempt(self) -> tuple[ServerError | None, tuple[Blocker, ...]]:
        """Send the commands once."""
        finished: list[tuple[Step, float]] = []
        guard = self.timer.script.guard
        if guard is not None:
            guard.begin()
        error, blockers = send_commands(
            self.context, self.timer.script, self.commands, finished, self.meanwhile, self.timer
        )
        if error is None and guard is not None:
            self.outcome = guard.finish()
            self.timer.end(time.perf_counter())
            if self.outcome.is_alone:
                assert self.rebuild is not None  # a guarded transaction has it
                self.script = self.rebuild()
                self._add_locks(by_name=True)
                return self.attempt()
            error = self.outcome.error
        if error is None:
            for step, seconds in finished:
                self.context.emit(MigrationFinished(step.name, step.direction.value, seconds))
        return error, blockers

    def stop_using_prepared(self) -> bool:
        """Send the text of each command next time."""
        used = any(command.prepared for command in self.commands)
        self.commands = [command._replace(prepared=False) for command in self.commands]
        return used

    def stop_locking_first(self) -> bool:
        """Leave the locks to the statements, if one could not be taken by name."""
        if not self.timer.refused:
            return False
        self._add_locks(by_name=False)
        return True

    def plan_next_attempt(self, attempts: int, blockers: tuple[Blocker, ...]) -> None:
        """Wait longer for locks now and then, while an autovacuum is in the way."""
        self.commands = self.timer.script.commands
        if should_wait_longer(attempts, blockers):
            self.commands = [_with_longer_wait(command) for command in self.commands]


def _with_longer_wait(command: PipelineCommand) -> PipelineCommand:
    if command.sql != load_query("session.begin_transaction") or not command.values:
        return command
    return command._replace(values=(command.values[0], b"%dms" % AUTOVACUUM_MS, command.values[2]))
