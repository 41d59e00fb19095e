"""Runs statements outside a transaction, writes the marks around them, and drops the invalid indexes they leave."""

from __future__ import annotations

import time
from contextlib import suppress

import psycopg

from rowkeep.database.connection.pipeline import GOOD, ConnectionLost, PipelineAnswer, PipelineCommand
from rowkeep.database.connection.server_error import error_of_exception, error_of_result
from rowkeep.database.executor import leftovers, lock_precheck, transaction
from rowkeep.database.executor.retry import ENDED_BY_SERVER
from rowkeep.database.executor.run_context import RunContext
from rowkeep.database.executor.script import BEGIN, COMMIT
from rowkeep.database.guard.outside_comparison import CountsReader, OutsideComparison, compare_outside
from rowkeep.database.guard.transaction_guard import TransactionGuard
from rowkeep.database.queries import compose_query, load_query
from rowkeep.domain.event import Blocker, MigrationFinished, Noted, StatementFinished, StatementStarted
from rowkeep.domain.frozen import replace
from rowkeep.domain.history import ledger
from rowkeep.domain.instruction import (
    Cancelled,
    ConnectionLoss,
    DropInvalidIndex,
    IndexInspection,
    IndexState,
    InspectIndex,
    InstructionResult,
    RecordStep,
    RunInTransaction,
    RunOutsideTransaction,
    ServerRefused,
    Succeeded,
    WriteMark,
)
from rowkeep.domain.plan import ResumeInfo, Step


def run_in_transaction(context: RunContext, instruction: RunInTransaction) -> InstructionResult:
    """Run a statement and write its mark, in one transaction."""
    guard = TransactionGuard(context, (instruction.statement_step,)) if instruction.guarded else None
    mark = _mark_command(context, instruction.step, instruction.index, ledger.StatementMark.DONE, None)
    return transaction.run_single_statement(context, instruction.step, instruction.index, mark, guard)


def write_mark(context: RunContext, instruction: WriteMark) -> InstructionResult:
    """Write a mark under our own settings, whatever the statements before it have set."""
    command = _mark_command(context, instruction.step, instruction.index, instruction.mark, instruction.message)
    if not context.session.own.foreign and not context.session.own_tables.shared:
        return _execute(context, [command])
    result = _execute(context, [BEGIN, *context.own_settings_commands(), *context.own_table_checks(), command, COMMIT])
    if isinstance(result, ServerRefused):
        with suppress(ConnectionLost):
            context.roll_back()
    return result


def run_outside_transaction(context: RunContext, instruction: RunOutsideTransaction) -> InstructionResult:
    """Run a statement outside a transaction. It waits for locks without a limit: giving up may leave an invalid index.

    A statement that makes others queue behind it and leaves nothing (VACUUM FULL) has the limits of a transaction.
    """
    return compare_outside(context, instruction, lambda comparison: _run_outside(context, instruction, comparison))


def _run_outside(
    context: RunContext, instruction: RunOutsideTransaction, comparison: OutsideComparison | None
) -> InstructionResult:
    statement = instruction.step.pieces[instruction.index].statement
    strong = {} if instruction.step.own_lock_timeout else lock_precheck.find_needed_locks([statement])
    limit = int(context.policy.hold_limit_s * 1000) if strong else 0
    try:
        context.set_timeouts(context.policy.lock_timeout_ms if strong else 0, limit)
    except psycopg.Error as error:
        return ConnectionLoss(str(error).strip(), certain=True)
    if strong:
        after = None if comparison is None else (comparison.counts, CountsReader(comparison))
        return transaction.run_outside_transaction(context, instruction.step, instruction.index, strong, after)
    context.interrupts.at = f"{instruction.step.name} at {statement.place}"
    context.emit(
        StatementStarted(
            instruction.step.name, instruction.index, len(instruction.step.pieces), statement.place, statement.head
        )
    )
    commands = [PipelineCommand(statement.text.encode())]
    if comparison is not None:
        commands.append(comparison.counts)
    result = _execute(context, commands, instruction.index, statement.head, comparison)
    if isinstance(result, Succeeded):
        context.emit(StatementFinished(instruction.step.name, instruction.index, result.seconds))
    return result


def inspect_index(context: RunContext, instruction: InspectIndex) -> InstructionResult:
    """Look up the state of the index that a statement builds or drops."""
    piece = instruction.piece
    assert piece.index is not None  # only such statements are inspected
    schema, name = piece.index
    table = None
    if piece.aftermath is ResumeInfo.BUILDS_INDEX and piece.table is not None:
        schema, table = piece.table
    try:
        values = {"path": [schema] if schema else context.query_schemas(), "name": name, "table": table}
        rows = context.session.ask("locks.index_state", values)
    except psycopg.Error as error:
        return _query_failed(context, error)
    if not rows:
        return IndexInspection(IndexState.ABSENT)
    index_schema, index, valid = rows[0][:3]
    builders = tuple(Blocker(*row[3:]) for row in rows if row[3] is not None)
    state = IndexState.VALID if valid else IndexState.BUILDING if builders else IndexState.INVALID
    return IndexInspection(state, index_schema, index, builders)


def drop_invalid_index(context: RunContext, instruction: DropInvalidIndex) -> InstructionResult:
    """Drop an invalid index."""
    schema, name = instruction.schema, instruction.name
    context.emit(Noted(f"dropping the invalid index {schema}.{name}, which a failed build left"))
    try:
        # Not by `session.do`, which may open a transaction for our own settings: this must run outside of one.
        context.session.connection.execute(compose_query("locks.drop_invalid_index", index=(schema, name)))
    except psycopg.Error as error:
        return _query_failed(context, error)
    return Succeeded()


def record_step(context: RunContext, instruction: RecordStep) -> InstructionResult:
    """Write history and ledger of a step whose statements are done, and delete its marks, in one transaction."""
    step = instruction.step
    delete_marks = PipelineCommand(
        load_query("ledger.delete_checkpoints"),
        (context.plan.history.key.encode(), step.name.encode(), step.direction.value.encode()),
    )
    commands = [
        BEGIN,
        *context.restore_commands(),
        *context.own_table_checks(),
        context.record_command(step, instruction.seconds),
        delete_marks,
        COMMIT,
    ]
    try:
        answers = context.send(commands)
        failed = next(
            (answer.result for answer in answers if answer.result and answer.result.status not in GOOD), None
        )
        if failed is not None:
            context.roll_back()
            return ServerRefused(
                replace(error_of_result(failed), ours=f"the record of {step.name} could not be written")
            )
        context.recorded.append((step.name, step.direction.value))
        context.session.own.foreign = False
        context.note_leftovers(answers[len(context.restore_commands())])
        leftovers.clear_session(context, (step,))
    except ConnectionLost as lost:
        return ConnectionLoss(str(lost))
    context.emit(MigrationFinished(step.name, step.direction.value, instruction.seconds))
    return Succeeded()


def _mark_command(
    context: RunContext, step: Step, index: int, state: ledger.StatementMark, message: str | None
) -> PipelineCommand:
    return PipelineCommand(
        load_query("ledger.write_checkpoint"),
        (
            context.run.encode(),
            context.plan.history.key.encode(),
            step.name.encode(),
            step.direction.value.encode(),
            b"%d" % index,
            step.pieces[index].checksum.encode(),
            state.value.encode(),
            message.encode() if message is not None else None,
        ),
    )


def _execute(
    context: RunContext,
    commands: list[PipelineCommand],
    piece: int | None = None,
    what: str = "",
    comparison: OutsideComparison | None = None,
) -> InstructionResult:
    """Run commands outside a transaction."""

    def report(waiting: PipelineAnswer) -> None:
        context.watch.check_server(waiting.quiet)
        blockers = context.watch.find_blockers()
        if blockers:
            context.watch.emit(f"a lock that `{what}` needs", waiting.quiet, blockers)
        else:
            context.watch.report_progress()

    began = time.perf_counter()
    try:
        for answer in context.send(commands, report if piece is not None else None):
            if answer.result is not None and answer.result.status not in GOOD:
                error = error_of_result(answer.result, piece)
                if error.sqlstate in ENDED_BY_SERVER:
                    return ConnectionLoss(error.message)
                if context.interrupts.number is not None and error.sqlstate == "57014":
                    return Cancelled(context.interrupts.number)
                return ServerRefused(error)
            if comparison is not None and answer.number == 1 and answer.result is not None:
                comparison.note_counts(answer.result)
    except ConnectionLost as lost:
        return ConnectionLoss(str(lost))
    return Succeeded(time.perf_counter() - began)


def _query_failed(context: RunContext, error: psycopg.Error) -> InstructionResult:
    if context.session.connection.closed:
        return ConnectionLoss(str(error).strip(), certain=True)
    return ServerRefused(error_of_exception(error))
