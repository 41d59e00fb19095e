"""A transaction: the statements of its steps and their records, retried as a whole while a lock is not to be had."""

from __future__ import annotations

import random
import select
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import field, replace
from typing import Protocol

import psycopg

from rowkeep.database.connection import encoding
from rowkeep.database.connection.pipeline import GOOD, ConnectionLost, PipelineCommand, run_pipeline
from rowkeep.database.connection.server_error import error_of_result
from rowkeep.database.executor import lock_precheck
from rowkeep.database.executor.lock_order import take_locks_first
from rowkeep.database.executor.lock_timing import LockTimer
from rowkeep.database.executor.run_context import BEGIN, COMMIT, ROLLBACK, RunContext, TransactionScript
from rowkeep.database.queries import load_query
from rowkeep.domain.event import Blocker, MigrationFinished, MigrationStarted, StatementFinished, StatementStarted
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.instruction import (
    Cancelled,
    ConnectionLoss,
    InstructionResult,
    LockHoldExceeded,
    LockTimeout,
    RunTransaction,
    ServerError,
    ServerRefused,
    Succeeded,
)
from rowkeep.domain.plan import Step

RETRIED = frozenset({"55P03", "40P01", "40001"})
"""lock_not_available, deadlock_detected, serialization_failure: nothing is committed, the same may succeed later."""

ENDED_BY_SERVER = frozenset({"57P01", "57P02", "57P03", "25P03", "25P04"})
"""The server ended the session: a shutdown, a crash of another process, a timeout."""

NOWHERE = frozenset({"3F000", "42P01"})
"""invalid_schema_name, undefined_table."""

FORGOTTEN = "26000"
"""invalid_sql_statement_name: the server no longer keeps a statement that we prepared."""

PAUSES_S = (0.1, 0.2, 0.4, 0.8, 1.0)
LOOK_AGAIN_S = 2.0
"""The longest time between two tries, even if the same sessions are still in the way."""

AUTOVACUUM_MS = 1200
"""Longer than deadlock_timeout's default: an autovacuum steps aside only for who waits that long."""


def run_transaction(context: RunContext, order: RunTransaction) -> InstructionResult:
    """Carry the order out. Raises nothing for what the server says."""
    for number, step in enumerate(order.steps, order.number):
        context.emit(MigrationStarted(step.name, step.direction.value, number, order.count))
    if any(piece.function for step in order.steps for piece in step.pieces):
        # Only a migration in Python needs what calls it.
        from rowkeep.database.python.call import PythonTransaction

        called = retry_until_done(
            context,
            PythonTransaction(context, order.steps),
            order.steps[0].name,
            lock_precheck.needed_locks_of_steps(context, order.steps),
        )
        return _clear(context, order, called)
    # A step is large: the name and direction stand for it.
    key, following = _key(order.steps), context.unit_after(order.steps)
    script = context.prepared.pop(key, None) or _script(context, order.steps)

    def prepare() -> None:
        if following and _key(following) not in context.prepared:
            context.prepared[_key(following)] = _script(context, following)

    said = PipelinedTransaction(context, script, prepare)
    return _clear(
        context,
        order,
        retry_until_done(
            context, said, order.steps[0].name, lock_precheck.needed_locks_of_steps(context, order.steps)
        ),
    )


def _clear(context: RunContext, order: RunTransaction, reply: InstructionResult) -> InstructionResult:
    """After a transaction that is committed, what the session still holds of it is ended."""
    if isinstance(reply, Succeeded):
        context.recorded += [(step.name, step.direction.value) for step in order.steps]
        # A connection that breaks here is found broken by the next order.
        with suppress(ConnectionLost):
            context.clear(order.steps)
    return reply


def _key(steps: tuple[Step, ...]) -> tuple[str, str]:
    return steps[0].name, steps[0].direction.value


def run_single_statement(context: RunContext, step: Step, index: int, mark: PipelineCommand) -> InstructionResult:
    """Carry one statement of an ALONE step out, with its mark, in one transaction."""
    try:
        context.begin_text()
    except psycopg.Error as error:
        return ConnectionLoss(str(error).strip(), certain=True)
    script = TransactionScript([BEGIN, context.settings(context.rules.lock_timeout_ms, path=False)])
    script.pieces[len(script.commands)] = (step, index, index)
    script.commands.append(PipelineCommand(step.pieces[index].statement.text.encode()))
    if encoding.guard_encoding(step):
        script.guards[len(script.commands)] = index
        script.commands.append(encoding.GUARD)
    script.commands += [*context.own_locally(), *context.guard(), mark, COMMIT]
    tables = {} if step.own_lock_timeout else lock_precheck.find_needed_locks([step.pieces[index].statement])
    return retry_until_done(context, PipelinedTransaction(context, script), step.name, tables)


def run_outside_transaction(
    context: RunContext, step: Step, index: int, tables: lock_precheck.Wanted
) -> InstructionResult:
    """Carry out a statement that no transaction holds and that stops others while it works (VACUUM FULL)."""
    script = TransactionScript(
        [PipelineCommand(step.pieces[index].statement.text.encode())], {0: (step, index, index)}
    )
    return retry_until_done(context, PipelinedTransaction(context, script, outside=True), step.name, tables)


def _script(context: RunContext, steps: tuple[Step, ...]) -> TransactionScript:
    script = TransactionScript([BEGIN])
    count = 0
    for step in steps:
        count = add_step(context, script, step, count)
    script.commands.append(COMMIT)
    return script


def add_step(context: RunContext, script: TransactionScript, step: Step, count: int) -> int:
    """Add the commands of a step and its record. count: of the unit's statements before it; returned with its own."""
    short = context.rules.lock_timeout_ms
    patient = bool(step.pieces) and step.pieces[0].patient and not step.own_lock_timeout
    script.commands += [context.settings(_patience(context, patient)), *context.forms()]
    guarded = encoding.guard_encoding(step)
    for index, piece in enumerate(step.pieces):
        if patient and not piece.patient:
            patient = False
            script.commands.append(PipelineCommand(load_query("session.set_lock_timeout"), (b"%dms" % short,)))
        script.pieces[len(script.commands)] = (step, index, count)
        # The server keeps its answers back until it is asked for them; a time needs each when it is there.
        script.commands.append(PipelineCommand(piece.statement.text.encode(), awaited=True))
        if index in guarded:
            script.guards[len(script.commands)] = count
            script.commands.append(encoding.GUARD)
        count += 1
    script.commands += context.put_back()
    script.put_back.add(len(script.commands) - 1)
    script.commands += context.guard()
    script.ends[len(script.commands)] = step
    script.commands.append(context.record(step)._replace(awaited=True))
    return count


def _patience(context: RunContext, patient: bool) -> int:
    return max(context.rules.lock_timeout_ms, int(context.rules.lock_deadline_s * 1000) if patient else 0)


class RetriableTransaction(Protocol):
    """A transaction that can be tried again and again, until its locks are to be had."""

    @property
    def overheld(self) -> LockHoldExceeded | None:
        """The reply where the last try held its locks too long."""

    def once(self) -> tuple[ServerError | None, tuple[Blocker, ...]]:
        """One try: None when it is committed, else what the server said; and who was seen in the way."""

    def forgotten(self) -> bool:
        """The server no longer keeps what was prepared: whether the next try does without it."""

    def differently(self) -> bool:
        """What the server refuses for good: whether the next try does without it."""

    def again(self, attempts: int, blockers: tuple[Blocker, ...]) -> None:
        """The next try comes, after `attempts` of them."""


@dataclass(slots=True)
class PipelinedTransaction:
    """A trial of commands that are sent in one go.

    meanwhile: what can be done while the server works. outside: no transaction holds them.
    """

    context: RunContext
    script: TransactionScript
    meanwhile: Callable[[], None] | None = None
    outside: bool = False
    grip: LockTimer = field(init=False)
    commands: list[PipelineCommand] = field(init=False)

    def __post_init__(self) -> None:
        self._take(by_name=True)

    def _take(self, *, by_name: bool) -> None:
        self.grip = LockTimer(
            self.context, take_locks_first(self.context, self.script, outside=self.outside, by_name=by_name)
        )
        self.commands = self.grip.script.commands

    @property
    def overheld(self) -> LockHoldExceeded | None:
        return self.grip.overheld

    def once(self) -> tuple[ServerError | None, tuple[Blocker, ...]]:
        ends: list[tuple[Step, float]] = []
        said, blockers = send_commands(self.context, self.grip.script, self.commands, ends, self.meanwhile, self.grip)
        if said is None:
            for step, seconds in ends:
                self.context.emit(MigrationFinished(step.name, step.direction.value, seconds))
        return said, blockers

    def forgotten(self) -> bool:
        found = any(command.prepared for command in self.commands)
        self.commands = [command._replace(prepared=False) for command in self.commands]
        return found

    def differently(self) -> bool:
        if not self.grip.refused:
            return False
        # Not to be had by name; the statement itself knows how.
        self._take(by_name=False)
        return True

    def again(self, attempts: int, blockers: tuple[Blocker, ...]) -> None:
        self.commands = _with_longer_waits(self.grip.script, attempts, blockers)


def retry_until_done(
    context: RunContext, trial: RetriableTransaction, name: str, tables: lock_precheck.Wanted
) -> InstructionResult:
    """Try until it is committed, or denied, or the time for locks is spent."""
    began = time.monotonic()
    attempts = 0
    blockers: tuple[Blocker, ...] = ()
    while True:
        attempts += 1
        blockers = lock_precheck.wait_until_free(context, tables, f"a lock that {name} needs", began) or blockers
        if context.interrupts.number is not None:
            return Cancelled(context.interrupts.number)
        try:
            said, seen = trial.once()
        except ConnectionLost as lost:
            return ConnectionLoss(str(lost), certain=lost.certain)
        if said is None:
            return Succeeded(time.monotonic() - began)
        blockers = seen or blockers
        if said.sqlstate == FORGOTTEN and said.piece is None and trial.forgotten():
            # This migration, or the one before it, says DEALLOCATE ALL.
            context.session.prepared.clear()
            continue
        if said.sqlstate in ENDED_BY_SERVER:
            # Ended at COMMIT, the server may have committed all the same.
            return ConnectionLoss(said.message, certain=said.piece is not None)
        if context.interrupts.number is not None:
            return Cancelled(context.interrupts.number)
        if trial.overheld is not None:
            return trial.overheld
        if said.sqlstate not in RETRIED:
            if trial.differently():
                continue
            return ServerRefused(said)
        waited = time.monotonic() - began
        if waited >= context.rules.lock_deadline_s:
            return LockTimeout(said, waited, attempts, blockers)
        context.watch.emit(f"a lock that {name} needs", waited, blockers)
        back_off(context, attempts, blockers, context.rules.lock_deadline_s - waited)
        trial.again(attempts, blockers)


def send_commands(
    context: RunContext,
    script: TransactionScript,
    commands: list[PipelineCommand],
    ends: list[tuple[Step, float]],
    meanwhile: Callable[[], None] | None = None,
    grip: LockTimer | None = None,
) -> tuple[ServerError | None, tuple[Blocker, ...]]:
    """Send the commands: None when all went well, else what the server said; and who was seen in the way.

    ends: learns of the steps that came to their end, with their seconds. grip: watches the locks meanwhile. After a
    fault all is rolled back.
    """
    said: ServerError | None = None
    blockers: tuple[Blocker, ...] = ()
    since = last = time.perf_counter()
    if grip is not None:
        grip.begin(since)
    coming = iter(script.pieces.values())
    _announce_statement(context, next(coming, None))
    look_after = context.rules.lock_timeout_ms * 0.6 / 1000
    if grip is not None and grip.strong:
        # Whoever does something else meanwhile hears late, and measures what is not true.
        meanwhile = None
    for heard in run_pipeline(context.session, commands, context.interrupts, look_after, meanwhile):
        if heard.result is None:
            blockers = report_blockers(context, heard.quiet) or blockers
            if grip is not None:
                grip.quiet(heard.number, heard.quiet, time.perf_counter())
        elif said is not None:
            continue
        elif heard.result.status in GOOD:
            now = time.perf_counter()
            if grip is not None:
                grip.answered(heard.number, now)
            if (piece := script.pieces.get(heard.number)) is not None:
                context.emit(StatementFinished(piece[0].name, piece[1], now - since))
                since = now
                _announce_statement(context, next(coming, None))
            if heard.number in script.put_back:
                context.holds(heard)
            if (step := script.ends.get(heard.number)) is not None:
                ends.append((step, now - last))
                since = last = now
        else:
            place = script.pieces.get(heard.number)
            said = error_of_result(heard.result, place[2] if place else None)
            if (step := script.ends.get(heard.number)) is not None:
                said = replace(said, ours=f"the record of {step.name} could not be written, so it was rolled back")
            if heard.number in script.guards:
                said = encoding.encoding_error(said, script.guards[heard.number])
            if grip is not None:
                said = grip.failed(heard.number, said, time.perf_counter())
    if grip is not None:
        grip.ended(time.perf_counter())
    within = grip is None or grip.script.commands[0] == BEGIN
    if said is not None and said.sqlstate not in ENDED_BY_SERVER and within:
        context.speak([ROLLBACK])
        said = _nowhere(context, said)
    return said, blockers


def _nowhere(context: RunContext, said: ServerError) -> ServerError:
    """The fault; with a word where none of the schemas is there that the configuration names for migrations."""
    if said.sqlstate not in NOWHERE:
        return said
    with suppress(psycopg.Error):
        if not context.session.ask("locks.count_schemas", {"names": list(context.rules.schemas)})[0][0]:
            named = ", ".join(context.rules.schemas)
            hint = f"no schema of the configuration is there (schemas: {named}); create-schemas = true makes them"
            return replace(said, hint=hint)
    return said


def _announce_statement(context: RunContext, piece: tuple[Step, int, int] | None) -> None:
    """Tell that a statement begins: the server goes on to it as soon as the one before is done."""
    if piece is not None:
        step, index, _ = piece
        statement = step.pieces[index].statement
        context.interrupts.at = f"{step.name} at {statement.place}"
        context.emit(StatementStarted(step.name, index, len(step.pieces), statement.place, statement.head))


def report_blockers(context: RunContext, quiet: float) -> tuple[Blocker, ...]:
    """Who is in the way, after `quiet` seconds without an answer; told, or the progress is, where that is long.

    Raises ConnectionLost where the server is not at work.
    """
    context.watch.listen(quiet)
    blockers = context.watch.blockers()
    if blockers and quiet >= 1:
        context.watch.emit("a lock", quiet, blockers)
    elif quiet >= 1:
        context.watch.progress()
    return blockers


def back_off(context: RunContext, attempts: int, blockers: tuple[Blocker, ...], left: float) -> None:
    """Step back for a while of random length, and on while those in the way are still there; a signal ends it.

    Every try makes the application queue for a moment: it is not made where it cannot succeed.
    """
    until = time.monotonic() + min(LOOK_AGAIN_S, left)
    pause = random.uniform(0.5, 1.0) * PAUSES_S[min(attempts, len(PAUSES_S)) - 1]
    while not select.select([context.interrupts.wakes], [], [], pause)[0]:
        if time.monotonic() >= until or not context.watch.left(blockers):
            return


def should_wait_longer(attempts: int, blockers: tuple[Blocker, ...]) -> bool:
    """Whether the next try waits longer: an autovacuum is in the way, and it is time for that again."""
    vacuum = any((blocker.query or "").startswith("autovacuum:") or blocker.user is None for blocker in blockers)
    return vacuum and not attempts % 5


def _with_longer_waits(
    script: TransactionScript, attempts: int, blockers: tuple[Blocker, ...]
) -> list[PipelineCommand]:
    """The commands of the next attempt: longer waits where an autovacuum is in the way, now and then."""
    if not should_wait_longer(attempts, blockers):
        return script.commands
    patient = b"%dms" % AUTOVACUUM_MS
    return [
        command._replace(values=(command.values[0], patient, command.values[2]))
        if command.sql == load_query("session.begin_transaction") and command.values
        else command
        for command in script.commands
    ]
