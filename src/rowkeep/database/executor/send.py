"""Sends the commands of a script, and reports what happens: statements, blockers, progress, errors."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import psycopg

from rowkeep.database.connection.pipeline import GOOD, PipelineCommand, run_pipeline
from rowkeep.database.connection.server_error import error_of_result
from rowkeep.database.executor import encoding
from rowkeep.database.executor.lock_timing import LockTimer
from rowkeep.database.executor.retry import ENDED_BY_SERVER
from rowkeep.database.executor.run_context import RunContext
from rowkeep.database.executor.script import BEGIN, StatementPlace, TransactionScript
from rowkeep.domain.event import Blocker, StatementFinished, StatementStarted
from rowkeep.domain.frozen import replace
from rowkeep.domain.instruction import ServerError
from rowkeep.domain.plan import Step
from rowkeep.plan.guard.statement_effects import WRITING

NOWHERE = frozenset({"3F000", "42P01"})
"""invalid_schema_name, undefined_table."""


def send_commands(
    context: RunContext,
    script: TransactionScript,
    commands: list[PipelineCommand],
    finished: list[tuple[Step, float]],
    meanwhile: Callable[[], None] | None = None,
    timer: LockTimer | None = None,
) -> tuple[ServerError | None, tuple[Blocker, ...]]:
    """Send the commands: None when all succeeded, else the server's error; and who was in the way.

    finished: gets the steps that were recorded, with their seconds. timer: measures the locks. meanwhile: done while
    the server works. After an error everything is rolled back.
    """
    error: ServerError | None = None
    blockers: tuple[Blocker, ...] = ()
    since = last = time.perf_counter()
    if timer is not None:
        timer.begin(since)
    upcoming = iter(script.statements.values())
    _announce_statement(context, next(upcoming, None))
    look_after = context.policy.lock_timeout_ms * 0.6 / 1000
    if timer is not None and timer.takes_strong_locks:
        # An answer that is read late would be measured wrong.
        meanwhile = None
    for answer in run_pipeline(context.session, commands, context.interrupts, look_after, meanwhile):
        if answer.result is None:
            blockers = report_blockers(context, answer.quiet) or blockers
            if timer is not None:
                timer.note_running(answer.number, answer.quiet, time.perf_counter())
        elif error is not None:
            continue
        elif answer.result.status in GOOD:
            now = time.perf_counter()
            if script.guard is not None:
                script.guard.note_answer(commands[answer.number], answer.result)
            if timer is not None:
                timer.note_answer(answer.number, now)
            if (statement := script.statements.get(answer.number)) is not None:
                context.emit(StatementFinished(statement[0].name, statement[1], now - since))
                since = now
                _announce_statement(context, next(upcoming, None))
            if answer.number in script.restores:
                context.note_leftovers(answer)
            if answer.number in script.created:
                context.note_created(answer)
            if (step := script.records.get(answer.number)) is not None:
                finished.append((step, now - last))
                since = last = now
        else:
            place = script.statements.get(answer.number)
            error = error_of_result(answer.result, place[2] if place else None)
            if (step := script.records.get(answer.number)) is not None:
                error = replace(error, ours=f"the record of {step.name} could not be written, so it was rolled back")
            if answer.number in script.deferred_checks:
                error = blame_statement(error, *script.deferred_checks[answer.number])
            if answer.number in script.encoding_checks:
                error = encoding.explain_failed_check(error, script.encoding_checks[answer.number])
            if timer is not None:
                error = timer.note_error(answer.number, error, time.perf_counter())
    if timer is not None:
        timer.end(time.perf_counter())
    in_transaction = timer is None or timer.script.commands[0] == BEGIN
    if error is not None and error.sqlstate not in ENDED_BY_SERVER and in_transaction:
        context.roll_back()
        error = _with_schema_hint(context, error)
    return error, blockers


def blame_statement(error: ServerError, step: Step, first: int) -> ServerError:
    """The error of a deferred trigger or constraint, at the statement that caused it, as far as that can be told.

    That is the last one that writes to the table of the error, or else the last one that writes at all. first: the
    number of the step's first statement in its group.
    """
    tables: dict[int, set[str]] = {}
    for index, piece in enumerate(step.pieces):
        for operation in piece.statement.operations:
            if isinstance(operation, WRITING) and not operation.is_stored:
                tables.setdefault(index, set()).add(operation.table.name)
    if not step.pieces:
        return error
    writers = [index for index, names in tables.items() if error.table in names] or [*tables]
    index = writers[-1] if writers else len(step.pieces) - 1
    return replace(error, piece=first + index, position=None)


def report_blockers(context: RunContext, quiet: float) -> tuple[Blocker, ...]:
    """Find out who is in the way after `quiet` seconds without an answer; report it, or the progress, if that is long.

    Raises ConnectionLost where the server is not at work.
    """
    context.watch.check_server(quiet)
    blockers = context.watch.find_blockers()
    if blockers and quiet >= 1:
        context.watch.emit("a lock", quiet, blockers)
    elif quiet >= 1:
        context.watch.report_progress()
    return blockers


def _with_schema_hint(context: RunContext, error: ServerError) -> ServerError:
    """Add a hint if none of the configured schemas exists."""
    if error.sqlstate not in NOWHERE:
        return error
    with suppress(psycopg.Error):
        if not context.session.ask("locks.count_schemas", {"names": list(context.policy.schemas)})[0][0]:
            names = ", ".join(context.policy.schemas)
            hint = f"no schema of the configuration exists (schemas: {names}); create-schemas = true creates them"
            return replace(error, hint=hint)
    return error


def _announce_statement(context: RunContext, place: StatementPlace | None) -> None:
    """Report that a statement begins: the server goes on to it as soon as the one before is done."""
    if place is not None:
        step, index, _ = place
        statement = step.pieces[index].statement
        context.interrupts.at = f"{step.name} at {statement.place}"
        context.emit(StatementStarted(step.name, index, len(step.pieces), statement.place, statement.head))
